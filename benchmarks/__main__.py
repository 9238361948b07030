"""`./bench [--quick] [--motions 10000 100000] [--cases 10000 100000] [--households 100000] [--database sqlite postgres]`: measure, and print beside the floor.

PostgreSQL is measured on the server that JIEQU_BENCH_POSTGRES names (the launcher starts one), in databases of its own,
which are dropped afterwards. Everything stays on the loopback and in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
QUICK, WHOLE = (1_000,), (10_000, 100_000)
#: Of cases, by database. A million take PostgreSQL some minutes to be filled with.
CASES = {"sqlite": (10_000, 100_000), "postgres": (10_000, 100_000, 1_000_000)}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--motions", type=int, nargs="+", metavar="N", help="sizes (10000 100000)")
    parser.add_argument("--cases", type=int, nargs="+", metavar="N", help="sizes (10000 100000, PostgreSQL 1000000)")
    parser.add_argument("--households", type=int, nargs="+", metavar="N", help="rows of a list that comes in (100000)")
    parser.add_argument("--planned", type=int, nargs="+", metavar="N", help="households of a quarter's plan (70000)")
    parser.add_argument(
        "--only",
        choices=["motions", "cases", "households", "outreach", "taps"],
        help="measure the one and leave out the others",
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--quick", action="store_true", help="1000 of each, few requests, no demo: about a minute")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="the longest one page is measured (2; 0.4 with --quick)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    args = parser.parse_args(argv)
    sizes = sorted(set(args.motions or (QUICK if args.quick else WHOLE)))
    seconds, requests = (args.seconds or 0.4, 40) if args.quick else (args.seconds or 2.0, 200)
    home = Path(tempfile.mkdtemp(prefix="jiequ-bench-"))
    began = time.monotonic()
    load = os.getloadavg()[0]
    found: list[dict[str, Any]] = []
    lists: list[dict[str, Any]] = []
    plans: list[dict[str, Any]] = []
    try:
        for database in args.database:
            if database == "postgres" and not os.environ.get("JIEQU_BENCH_POSTGRES"):
                report.say("PostgreSQL is left out: JIEQU_BENCH_POSTGRES names no server (./bench starts one).")
                continue
            if args.only in (None, "motions"):
                found += [_scene(home, database, "scene", n, seconds, requests) for n in sizes]
            if args.only in (None, "cases"):
                many = args.cases or (QUICK if args.quick else CASES[database])
                found += [_scene(home, database, "case_scene", n, seconds, requests) for n in sorted(set(many))]
            if args.only in (None, "households"):
                rows = args.households or (QUICK if args.quick else (100_000,))
                lists += [_scene(home, database, "households", n, seconds, requests) for n in sorted(set(rows))]
            if args.only in (None, "outreach"):
                planned = args.planned or (QUICK if args.quick else (70_000,))
                plans += [_scene(home, database, "outreach", n, seconds, requests) for n in sorted(set(planned))]
        demo = None if args.quick or args.only else _demo(home)
        taps = _taps(home) if args.only == "taps" or not (args.quick or args.only) else None
    finally:
        shutil.rmtree(home, ignore_errors=True)
    report.lists(lists)
    report.taps(taps)
    report.plans(plans)
    report.everything(found, demo, load=load, seconds=time.monotonic() - began, requests=requests)
    if args.json:
        args.json.write_text(json.dumps({"scenes": found, "lists": lists, "plans": plans, "demo": demo}, indent=1))
    return 0


def _scene(home: Path, database: str, scene: str, size: int, seconds: float, requests: int) -> dict[str, Any]:
    """One database of one size, in a process of its own; raises SystemExit with its words when it fails."""
    place = home / f"{database}-{scene}-{size}"
    place.mkdir()
    out = place / "found.json"
    with _database(database, f"jiequ_bench_{os.getpid()}_{scene}_{size}") as url:
        words = [sys.executable, "-m", f"benchmarks.{scene}", str(out), str(size), str(seconds), str(requests)]
        code = subprocess.run(words, cwd=ROOT, env=_environment(place, url), check=False, stdout=sys.stderr).returncode
        if code:
            raise SystemExit(f"The {scene} {database} {size} ended with {code}.")
        found: dict[str, Any] = json.loads(out.read_text())
    shutil.rmtree(place, ignore_errors=True)
    return found


def _demo(home: Path) -> dict[str, Any]:
    """Seconds to replay the demo into SQLite, and to a first page from a start with it; what its minutes take."""
    place = home / "demo"
    place.mkdir()
    env = _environment(place, "")
    jiequ = [sys.executable, "-m", "jiequ.site.cli"]
    subprocess.run([*jiequ, "migrate", "--run-syncdb", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
    began = time.monotonic()
    subprocess.run([*jiequ, "demo", "--quiet"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    replayed = time.monotonic()
    subprocess.run([sys.executable, "-m", "benchmarks.starting"], cwd=ROOT, env=env, check=True)
    started = time.monotonic()
    out = place / "papers.json"
    subprocess.run([sys.executable, "-m", "benchmarks.papers", str(out)], cwd=ROOT, env=env, check=True)
    return {"replay": replayed - began, "start": started - replayed, "papers": json.loads(out.read_text())}


def _taps(home: Path) -> dict[str, Any]:
    """Taps and seconds of everyday tasks in a real browser (SQLite: what is counted does not depend on it)."""
    place = home / "taps"
    place.mkdir()
    out = place / "taps.json"
    words = [sys.executable, "-m", "benchmarks.taps", str(out)]
    subprocess.run(words, cwd=ROOT, env=_environment(place, ""), check=True, stdout=sys.stderr)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def _environment(home: Path, url: str) -> dict[str, str]:
    own = {"JIEQU_MODE": "demo", "JIEQU_HOME": str(home), "JIEQU_DATABASE_URL": url}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "benchmarks.settings", "PYTHONPATH": path}


@contextmanager
def _database(database: str, name: str) -> Iterator[str]:
    """The URL of an empty database that is dropped at the end; empty for SQLite, which is a file in the scene's home."""
    if database == "sqlite":
        yield ""
        return
    import psycopg

    server = os.environ["JIEQU_BENCH_POSTGRES"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _ended(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)  # so that databases and folders are removed; a scene's server ends with it
    sys.exit(main(sys.argv[1:]))
