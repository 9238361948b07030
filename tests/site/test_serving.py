"""`jiequ serve`: what it refuses, how it stops, and that a worker that dies comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from jiequ.people.models import Account
from jiequ.site import server
from tests import make

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_production_does_not_start_with_demo_accounts(settings: Any) -> None:
    block = make.unit("block")
    who = make.account("head", block)
    settings.MODE = "production"
    assert server._not_ready() == ""
    Account.objects.filter(pk=who.pk).update(is_demo=True)
    assert who.username in server._not_ready()
    settings.MODE = "demo"
    assert server._not_ready() == ""


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in server._not_free("127.0.0.1", port)
    assert server._not_free("127.0.0.1", port) == ""


def _jiequ(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "jiequ.site.cli", *words]


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "JIEQU_MODE": "test",
        "JIEQU_HOME": str(home),
        "JIEQU_DATABASE_URL": "",
        "PYTHONPATH": str(CHECKOUT),
    }


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _children(pid: int) -> dict[int, str]:
    said = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,args="], capture_output=True, text=True).stdout
    return {int(line.split()[0]): line for line in said.splitlines()}


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _until(what: Any, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_an_unmigrated_database_is_not_served(tmp_path: Path) -> None:
    done = subprocess.run(
        _jiequ(tmp_path, "serve", "--port", str(_free_port())),
        env=_environment(tmp_path), cwd=CHECKOUT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "jiequ migrate" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_brings_a_dead_worker_back_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    environment, port = _environment(tmp_path), _free_port()
    subprocess.run(_jiequ(tmp_path, "migrate", "-v0"), env=environment, cwd=CHECKOUT, check=True, timeout=120)
    parent = subprocess.Popen(
        _jiequ(tmp_path, "serve", "--port", str(port)),
        env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert _until(lambda: _answers(port))

        def workers() -> list[int]:
            return [pid for pid, line in _children(parent.pid).items() if "jiequ.site.cli worker" in line]

        assert _until(lambda: len(workers()) == 1)
        first = workers()[0]
        os.kill(first, signal.SIGKILL)
        assert _until(lambda: workers() not in ([first], []))
        everybody = _children(parent.pid)
        parent.send_signal(number)
        said, _nothing = parent.communicate(timeout=20)
        assert parent.returncode == 0, said
        assert "The worker ended with code -9" in said
        assert f"http://127.0.0.1:{port}/" in said
        assert [pid for pid in everybody if Path(f"/proc/{pid}").exists()] == []
    finally:
        if parent.poll() is None:
            parent.kill()
