"""`./run`: set up, build what changed, migrate, fill the demo on the first start, then become the server."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from launcher import console
from launcher.prepare import prepare
from launcher.steps import PYTHON, ROOT, VENV, Beside, Failed, call, environment, fingerprint, is_done, set_done, show

JIEQU = VENV / "bin" / "jiequ"


def main(arguments: list[str]) -> int:
    if arguments:
        raise Failed("./run takes no arguments; JIEQU_PORT, JIEQU_HOME and JIEQU_DATABASE_URL are its settings.")
    port = os.environ.get("JIEQU_PORT") or "8000"
    check_port(port)
    os.environ.update(JIEQU_MODE="demo", JIEQU_PORT=port)
    console.line("Jiequ 街区")
    with prepare() as front_end:
        files = Beside(front_end.result, collect_static)
        fill_database()
        files.result()
    console.step("ready", f"starting the server on port {port}", console.elapsed())  # which says its address
    os.chdir(ROOT)
    os.execve(JIEQU, ["jiequ", "serve"], environment())


def check_port(port: str) -> None:
    """Say now, not after a minute of set-up, that the port cannot be had; raises Failed."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Failed(f"JIEQU_PORT is {port!r}; it must be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            raise Failed(
                f"Port {port} cannot be had ({error.strerror}). Try: JIEQU_PORT={int(port) + 1} ./run"
            ) from error


def collect_static() -> None:
    """All static files, compressed and named by their content, when a source of them changed."""
    own = sorted((ROOT / "jiequ").glob("*/static"))
    mark = fingerprint((VENV / "stamps" / "front").read_text(), *own, ROOT / "requirements.lock")
    if is_done("static", mark, [ROOT / "static" / "staticfiles.json"]):
        return
    with console.timed("static files", "collected"):
        call(
            [PYTHON, "-m", "django", "collectstatic", "--noinput", "--clear", "-v0"],
            env={"DJANGO_SETTINGS_MODULE": "jiequ.site.settings"},
        )
    set_done("static", mark)


def fill_database() -> None:
    """Tables and, in an empty database, the demo (one transaction: all of it or nothing); raises Failed.

    An SQLite file that was filled with these migrations is not looked into again: that is half of a restart's time, and
    `jiequ serve` refuses an outdated database anyway.
    """
    address = os.environ.get("JIEQU_DATABASE_URL", "")
    file = Path(os.environ.get("JIEQU_HOME") or ROOT / "var").resolve() / "jiequ.sqlite3"
    mark = fingerprint(*sorted((ROOT / "jiequ").glob("*/migrations")), ROOT / "requirements.lock", str(file))
    if not address and is_done("database", f"{mark} {_identity(file)}"):
        return
    with console.timed("database", f"migrated ({'JIEQU_DATABASE_URL' if address else 'SQLite'})"):
        call([JIEQU, "migrate", "--noinput", "-v0"])
    with console.timed("demo", "there"), console.terminal():
        code = show([JIEQU, "demo", "--if-empty"])
        if code:
            raise Failed(f"The demo could not be made (`jiequ demo --if-empty` ended with {code}).")
    if not address:
        set_done("database", f"{mark} {_identity(file)}")


def _identity(file: Path) -> int:
    """Another file under the same name is another database."""
    return file.stat().st_ino if file.exists() else 0
