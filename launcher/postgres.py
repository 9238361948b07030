"""A PostgreSQL of our own in a temporary folder: unix socket only, nothing kept, gone when the command ends.

PostgreSQL refuses to run as root, so there it runs as Debian's `postgres` user, or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from launcher import debian
from launcher.steps import Failed

PORT = 5432  # names the socket file only; nothing listens on the network
OLDEST = 15
#: For tests: nothing need last, and no plan may depend on when a table was last looked over.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on"}


def programs() -> Path | None:
    """The folder with initdb and postgres: from PATH, else Debian's newest."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debians = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debians, key=lambda folder: float(folder.parent.name), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def missing() -> str:
    """Why there is no PostgreSQL to start, or an empty string."""
    why = debian.ensure(lambda: programs() is not None, "postgresql")
    return f"no PostgreSQL; {why}" if why else ""


@contextmanager
def server(settings: dict[str, str]) -> Iterator[str]:
    """Start one and give its JIEQU_DATABASE_URL; raises Failed with its log when it does not start."""
    folder = programs()
    if folder is None:
        raise Failed("no PostgreSQL")
    # Short, because a socket's path may have 107 bytes, and lower case, because a URL's host is.
    place = Path(tempfile.mkdtemp(prefix="jiequ-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    log = place / "log"
    process = None
    try:
        account = _account()
        if account:
            os.chown(place, account["user"], account["group"])
        data = place / "data"
        made = _run(
            [folder / "initdb", "-D", data, "-U", "jiequ", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"], account
        )
        if made.returncode:
            raise Failed(f"initdb ended with {made.returncode}:\n{made.stdout}")
        options = {"listen_addresses": "", "unix_socket_directories": str(place), "port": str(PORT), **settings}
        command = [str(folder / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with log.open("wb") as out:
            # A session of its own: Ctrl-C stops the tests first and the server after them.
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=place, start_new_session=True, **account)
        _await(process, folder, place, log)
        yield f"postgresql://jiequ@{quote(str(place), safe='')}:{PORT}/jiequ"
    finally:
        if process:
            _stop(process)
        shutil.rmtree(place, ignore_errors=True)


def _account() -> dict[str, Any]:
    """Popen's arguments for an unprivileged user when we are root, else none."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise Failed("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`")


def _run(command: list[Any], account: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    out = subprocess.PIPE
    return subprocess.run(
        [str(part) for part in command],
        stdout=out,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        **account,
    )


def _await(process: subprocess.Popen[bytes], folder: Path, place: Path, log: Path) -> None:
    """Wait up to 30 s for the server to take connections, then make the database; raises Failed with its log."""
    create = [folder / "createdb", "-h", place, "-p", PORT, "-U", "jiequ", "-T", "template0", "jiequ"]
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        if (place / f".s.PGSQL.{PORT}").exists() and _run(create, {}).returncode == 0:
            return
        time.sleep(0.1)
    raise Failed(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """A fast shutdown, and after ten seconds an immediate one."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        return
