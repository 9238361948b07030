"""Debian's packages: install where this may be done (root and apt-get), else say the line to type."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from launcher import console
from launcher.steps import Failed, call

_updated = False


def ensure(found: Callable[[], bool], *names: str) -> str:
    """Empty when `found()` holds, if need be after installing `names`; else why not, with the line to type."""
    global _updated
    if found():
        return ""
    line = f"sudo apt-get install -y {' '.join(names)}"
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"type: {line}"
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        with console.timed("debian", f"installed {' '.join(names)}"):
            if not _updated:
                call(["apt-get", "update", "-qq"], env=env)
                _updated = True
            call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], env=env)
    except Failed as failure:
        console.error(str(failure))
        return f"apt-get could not install it; type: {line}"
    return "" if found() else f"installed, but not found; look at: {line}"
