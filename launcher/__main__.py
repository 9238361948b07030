"""`python -m launcher run|test|bench [arguments]`; exits as the command does, 130 or 143 when interrupted."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from launcher import bench, console, serve, suite
from launcher.steps import Failed, stop_children

COMMANDS = {"run": serve.main, "test": suite.main, "bench": bench.main}


def interrupted(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        console.error(f"Usage: python -m launcher {'|'.join(COMMANDS)} [arguments]")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except Failed as failure:
        console.error(str(failure))
        return 1
    finally:
        stop_children()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
