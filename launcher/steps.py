"""Paths, stamps and child processes, shared by every step."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher import console

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
WEB = ROOT / "web"
UNSEEN = {"node_modules", "dist", "__pycache__"}

_children: set[subprocess.Popen[bytes]] = set()
_children_lock = threading.Lock()


class Failed(Exception):
    """A step could not be done; the text says which, why and what to type."""


def fingerprint(*sources: Path | str) -> str:
    """A hash over files, whole folders (without what is built into them) and plain words."""
    digest = hashlib.sha256()
    for source in sources:
        if isinstance(source, str):
            digest.update(source.encode() + b"\0")
            continue
        for file in sorted(files_in(source)):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def files_in(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        for folder, names, files in os.walk(place):
            names[:] = [name for name in names if name not in UNSEEN]
            yield from (Path(folder, file) for file in files)


def is_done(name: str, mark: str, results: Iterable[Path] = ()) -> bool:
    """Whether the step's stamp carries `mark` and all its results are still there."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == mark and all(result.exists() for result in results)


def set_done(name: str, mark: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(mark)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would lead Python away from `.venv`."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "DJANGO_SETTINGS_MODULE"}}
    kept["VIRTUAL_ENV"] = str(VENV)
    kept["PATH"] = f"{VENV / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, **(extra or {})}


def call(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a command quietly and return what it printed; raises Failed with its last lines."""
    code, output = _run(command, cwd, env, quiet=True)
    if code:
        tail = "\n".join("    " + text for text in output.splitlines()[-40:])
        raise Failed(f"`{shlex.join(map(str, command))}` ended with {code}:\n{tail}")
    return output


def show(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a command on the terminal and return its exit code."""
    return _run(command, cwd, env, quiet=False)[0]


def _run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None, *, quiet: bool) -> tuple[int, str]:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL if quiet else None,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    with _children_lock:
        _children.add(process)
    try:
        output, _ = process.communicate()
    finally:
        if process.poll() is not None:
            with _children_lock:
                _children.discard(process)
    return process.returncode, (output or b"").decode(errors="replace")


def stop_children() -> None:
    """End whatever a cut-off step left running: politely, after five seconds not."""
    with _children_lock:
        left = [process for process in _children if process.poll() is None]
    for process in left:
        process.send_signal(signal.SIGTERM)
    for process in left:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


class Beside(threading.Thread):
    """A step that runs beside the others; `result()` waits for it and raises what it raised."""

    def __init__(self, *steps: object) -> None:
        super().__init__(daemon=True)
        self.steps = steps
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            for each in self.steps:
                each()  # type: ignore[operator]
        except BaseException as error:
            self.error = error

    def result(self) -> None:
        self.join()
        if self.error:
            raise self.error


@contextmanager
def only_one() -> Iterator[None]:
    """Two commands in one checkout set it up one after the other. The lock goes with the process."""
    handle = os.open(ROOT / "launcher", os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.step("waiting", "another command is setting this checkout up")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
