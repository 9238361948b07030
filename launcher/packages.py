"""`.venv` and what is in it: exactly the locked packages, by hash."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from launcher import console, debian
from launcher.steps import PYTHON, ROOT, VENV, Failed, call, fingerprint, is_done, set_done

LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"  # all of LOCK and the test tools
UV_LOCK = ROOT / "launcher" / "requirements-uv.txt"
UV = VENV / "bin" / "uv"


def make_environment(*, test: bool = False) -> None:
    """`.venv` on this Python, made anew when the Python or the place of the checkout changed; raises Failed.

    Stock Debian cannot: for tests that is mended where it may be, for a visitor it is said.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    mark = fingerprint(sys.version, str(VENV))
    if is_done("environment", mark, [PYTHON]) and _starts(PYTHON):
        return
    debians = f"python3.{sys.version_info.minor}-venv"
    if not (_has_venv() or (test and not debian.ensure(_has_venv, debians))):
        raise Failed(
            f"This Python ({sys.executable}, {version}) cannot make virtual environments. Type this, then try again:\n"
            f"  sudo apt-get install -y {debians}"
        )
    with console.timed("python", f"{version}, made .venv"):
        if VENV.exists():
            shutil.rmtree(VENV)
        call([sys.executable, "-m", "venv", VENV])
    set_done("environment", mark)


def install(*, test: bool) -> None:
    """The locked packages, and the checkout itself on the environment's path."""
    lock = TEST_LOCK if test or is_done("packages", fingerprint(TEST_LOCK)) else LOCK
    mark = fingerprint(lock)
    if not is_done("packages", mark):
        if _have_uv():
            with console.timed("packages", f"installed {_count(lock)} from {lock.name}"):
                call([UV, "pip", "sync", "-q", "--python", PYTHON, "--require-hashes", lock], env=_index())
        else:
            console.step("packages", "no uv to be had; pip does it, slower")
            with console.timed("packages", f"installed {_count(lock)} from {lock.name}"):
                call([PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])
        set_done("packages", mark)
    link_checkout()


def link_checkout() -> None:
    """Put the checkout on the path and its commands into .venv/bin: an editable install without a build."""
    project = ROOT / "pyproject.toml"
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    commands = [VENV / "bin" / name for name in scripts]
    mark = fingerprint(project)
    if is_done("checkout", mark, commands):
        return
    packages = next((VENV / "lib").glob("python*/site-packages"))
    (packages / "jiequ-checkout.pth").write_text(f"{ROOT}\n")
    for command, target in zip(commands, scripts.values(), strict=True):
        module, function = target.split(":")
        command.write_text(f"#!{PYTHON}\nimport sys\n\nfrom {module} import {function}\n\nsys.exit({function}())\n")
        command.chmod(0o755)
    set_done("checkout", mark)


def _have_uv() -> bool:
    if is_done("uv", fingerprint(UV_LOCK), [UV]):
        return True
    try:
        with console.timed("uv", "installed"):
            call([PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", UV_LOCK])
    except Failed:
        return False
    set_done("uv", fingerprint(UV_LOCK))
    return True


def _index() -> dict[str, str]:
    """uv does not read pip's settings; a mirror that is set for pip is meant for this too."""
    if os.environ.get("UV_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX"):
        return {}
    try:
        mirror = os.environ.get("PIP_INDEX_URL") or call([PYTHON, "-m", "pip", "config", "get", "global.index-url"])
    except Failed:
        return {}
    return {"UV_DEFAULT_INDEX": mirror.strip()}


def _has_venv() -> bool:
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _starts(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _count(lock: Path) -> int:
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text().splitlines())
