"""./bench, tiny: it prints every figure it promises. No timing is asserted: a busy machine is not a fault."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "floor: bare view", "motion list, office", "motion list, chief", "motion list, head", "motion list, view+category",
    "motion list, search, common word", "motion page", "workbench, office", "workbench, head", "unit page, block",
    "unit page, subdistrict", "figures, this month", "rows behind a figure", "block's public page",
]  # fmt: skip
WRITES = [
    "floor: two rows, one transaction",
    "one journal entry",
    "collect a motion, public form",
    "cast a vote by name",
]


@pytest.fixture
def printed(tmp_path: Path) -> str:
    """What `./bench --quick` prints for 50 motions on the database the tests run on."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JIEQU_", "DJANGO_"))}
    words = ["--quick", "--seconds", "0.05", "--motions", "50", "--cases", "60", "--households", "200"]
    words += ["--database", "sqlite"]
    if connection.vendor == "postgresql":
        words[-1] = "postgres"
        env["JIEQU_BENCH_POSTGRES"] = os.environ["JIEQU_DATABASE_URL"]
    env["TMPDIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_benchmark_prints_every_figure_beside_its_floor(printed):
    lines = {line[:34].strip(): line[34:].split() for line in printed.splitlines()}
    numbers = re.compile(r"-?\d+(\.\d+)?")
    for label in PAGES:
        p50, p99, cpu, database, floors, statements, *budget = lines[label]
        for number in (p50, p99, cpu, database, floors, statements):
            assert numbers.fullmatch(number), (label, number)
        if budget:
            assert int(statements) <= int(budget[1]), f"{label} takes {statements} statements"
    for label in WRITES:
        figures = lines[label]
        assert len(figures) == 6, label
        assert all(numbers.fullmatch(figure) for figure in figures), label
    assert "50 motions" in printed
    assert "60 cases" in printed and "file a case, public form" in printed
    assert "200 households" in printed and "2 of them bad" in printed
    assert re.search(r"good rows written +[\d,]+ rows/s", printed)
    assert "198 the same, nothing to write" in printed
    assert re.search(r"per 100,000: sealed in \d+\.\d s, verified in \d+\.\d s", printed)
    assert "demo: left out by --quick" in printed


def test_the_benchmark_is_no_part_of_the_product():
    assert "benchmarks" not in settings.INSTALLED_APPS
    imports = re.compile(r"^\s*(?:from|import) benchmarks\b", re.M)
    assert [str(p) for p in (ROOT / "jiequ").rglob("*.py") if imports.search(p.read_text())] == []
