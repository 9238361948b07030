"""The web processes as `jiequ serve` starts them, and what CPU they and PostgreSQL's backends have used."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from jiequ.site.server import start, web_command

HOST, WORKERS = "127.0.0.1", 2
_TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A running one: `port`, and `cpu()` in seconds."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu(self) -> float:
        """User and system seconds of the web processes so far; 0 where there is no /proc."""
        return sum(_seconds(pid) for pid in family(self.process.pid))

    def cpu_of_database(self) -> float:
        """The same of PostgreSQL on this machine, without our own backend; 0 for SQLite, whose work is the web processes' own."""
        if connection.vendor != "postgresql":
            return 0.0
        connection.ensure_connection()
        own = connection.connection.info.backend_pid
        above = _stat(own)
        if not above:
            return 0.0
        master = int(above[1])
        gone = _stat(master)
        ended = (int(gone[13]) + int(gone[14])) / _TICK if gone else 0.0
        return ended + sum(_seconds(pid) for pid in family(master) if pid != own)


@contextmanager
def serving() -> Iterator[Server]:
    """Serve this scene's database on a free port of the loopback until the body has ended."""
    port = _free_port()
    process = start(*web_command(HOST, port, WORKERS))
    try:
        _await(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def family(pid: int) -> list[int]:
    """`pid` and all below it."""
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        except OSError:
            continue
    return found


def _seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat from the state on: [1] the parent, [11] and [12] its ticks, [13] and [14] its ended children's."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
