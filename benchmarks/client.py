"""Requests over the loopback, with the standard library: one connection a client, each answer read to its end."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from benchmarks.server import HOST, Server

TOKEN = "b" * 32  # a CSRF token as good as any: it only has to be the same in the cookie and the form


@dataclass(frozen=True)
class Request:
    """What to ask: a path, the session it is asked in, and a form to send."""

    path: str
    session: str = ""
    form: dict[str, Any] | None = None
    expects: int = 200


@dataclass(frozen=True)
class Timing:
    """What a number of requests took. Milliseconds, except `rate`, which is a number a second."""

    n: int
    p50: float
    p99: float
    rate: float
    cpu: float
    cpu_database: float


class Wrong(Exception):
    """The server did not answer as it should, so nothing was measured."""


def measure(server: Server, requests: Sequence[Iterator[Request]], *, most: int, seconds: float) -> Timing:
    """Send `requests`, one sequence to a client and all clients at once; until `most` are answered or `seconds` are over.

    CPU is read from the kernel's clock ticks (10 ms), so it is only good over many requests.
    """
    took: list[float] = []
    wrong: list[str] = []
    share = max(1, most // len(requests))
    before = server.cpu(), server.cpu_of_database()
    began = time.perf_counter()
    clients = [
        threading.Thread(target=_client, args=(server.port, islice(each, share), began + seconds, took, wrong))
        for each in requests
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    whole = time.perf_counter() - began
    if wrong or not took:
        raise Wrong(wrong[0] if wrong else "no request was sent")
    took.sort()
    return Timing(
        n=len(took),
        p50=1000 * took[len(took) // 2],
        p99=1000 * took[min(len(took) - 1, round(0.99 * len(took)))],
        rate=len(took) / whole,
        cpu=1000 * (server.cpu() - before[0]) / len(took),
        cpu_database=1000 * (server.cpu_of_database() - before[1]) / len(took),
    )


def _client(port: int, requests: Iterator[Request], until: float, took: list[float], wrong: list[str]) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        for request in requests:
            if time.perf_counter() > until:
                break
            began = time.perf_counter()
            status, body = send(connection, request)
            took.append(time.perf_counter() - began)
            if status != request.expects:
                wrong.append(f"{request.path} answered {status}, not {request.expects}: {body[-300:]!r}")
                break
    except (OSError, http.client.HTTPException) as error:
        wrong.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def send(connection: http.client.HTTPConnection, request: Request) -> tuple[int, bytes]:
    cookies = [f"csrftoken={TOKEN}"]
    if request.session:
        cookies.append(f"sessionid={request.session}")
    headers = {"Cookie": "; ".join(cookies)}
    if request.form is None:
        connection.request("GET", request.path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({**request.form, "csrfmiddlewaretoken": TOKEN})
        connection.request("POST", request.path, body=body.encode(), headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def again_and_again(request: Request) -> Iterator[Request]:
    while True:
        yield request


def each_new(make: Callable[[int], Request], client: int) -> Iterator[Request]:
    """`make(number)` with numbers that no other client has."""
    number = client * 1_000_000
    while True:
        yield make(number)
        number += 1
