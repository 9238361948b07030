"""`./bench`: set up, start a durable temporary PostgreSQL, run the `benchmarks` package with its URL."""

from __future__ import annotations

from launcher import console, postgres
from launcher.prepare import prepare
from launcher.steps import PYTHON, show


def main(arguments: list[str]) -> int:
    with prepare():
        pass
    console.step("set-up", "ready", console.elapsed())
    why = postgres.missing()
    if why:
        console.step("postgresql", f"left out: {why}")
        return show([PYTHON, "-m", "benchmarks", *arguments])
    with postgres.server(postgres.DURABLE) as url:
        return show([PYTHON, "-m", "benchmarks", *arguments], env={"JIEQU_BENCH_POSTGRES": url})
