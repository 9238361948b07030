"""`./test [--sqlite] [--postgres] [--browser] [--all] [pytest arguments]`: the suite in three parts.

Without arguments all parts run; with pytest arguments only SQLite does, unless parts are named. A part that cannot
run is counted as skipped, said aloud, and fails the command where CI is set. The last line is the sum of all parts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

from launcher import console, debian, postgres
from launcher.prepare import prepare
from launcher.steps import PYTHON, Failed, show

PARTS = {"sqlite": "SQLite", "postgres": "PostgreSQL", "browser": "Chromium"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OFFICE = ("soffice",)
#: What needs another program on the screen's side runs once, in the last part.
OUTSIDE = "browser or office"
INSIDE = "not browser and not office"
NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass
class Tally:
    """What one part, or all of them, came to; `left_out` says why a part did not run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.left_out += other.left_out

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main(arguments: list[str]) -> int:
    named = [part for part in PARTS if f"--{part}" in arguments]
    words = [word for word in arguments if word not in {"--all", *(f"--{part}" for part in PARTS)}]
    parts = list(PARTS) if "--all" in arguments or not (named or words) else named or ["sqlite"]
    with prepare(test=True):
        pass
    console.step("set-up", "ready", console.elapsed())
    total = Tally()
    lines = []
    for part in parts:
        console.heading(f"{PARTS[part]}")
        began = console.elapsed()
        tally = RUN[part](words)
        total.add(tally)
        lines.append((PARTS[part], f"{tally}", console.elapsed() - began))
    console.heading("All parts")
    for line in lines:
        console.step(*line)
    for reason in total.left_out:
        console.line(f"  NOT RUN      {reason}")
    console.line(str(total))
    incomplete = total.left_out and os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    return 1 if total.failed or incomplete else 0


def sqlite(words: list[str]) -> Tally:
    return pytest("sqlite", ["-m", INSIDE, *_workers(words), *words], narrowed=bool(words))


def on_postgres(words: list[str]) -> Tally:
    why = postgres.missing()
    if why:
        return left_out("PostgreSQL", why)
    try:
        with postgres.server(postgres.FAST) as url:
            marked = ["-m", INSIDE, *_workers(words), *words]
            return pytest("postgres", marked, narrowed=bool(words), JIEQU_DATABASE_URL=url)
    except Failed as failure:
        console.error(str(failure))
        return left_out("PostgreSQL", str(failure).splitlines()[0])


def browser(words: list[str]) -> Tally:
    why = debian.ensure(_chromium, "chromium") or debian.ensure(_chinese_font, "fonts-noto-cjk")
    if why:
        return left_out("Chromium", why)
    no_office = debian.ensure(_office, "libreoffice-writer-nogui")  # only the tests that ask for it go without
    tally = pytest("browser", ["-m", OUTSIDE, *_workers(words), *words], narrowed=bool(words))
    if no_office:
        tally.add(left_out("LibreOffice", no_office))
    return tally


RUN = {"sqlite": sqlite, "postgres": on_postgres, "browser": browser}


def left_out(part: str, why: str) -> Tally:
    reason = f"{part}: {why}"
    console.line(f"  NOT RUN      {reason}")
    return Tally(skipped=1, left_out=[reason])


def pytest(part: str, arguments: list[str], *, narrowed: bool, **env: str) -> Tally:
    """Run pytest with a home of its own and count its report; a crash without a report is one failure."""
    with tempfile.TemporaryDirectory(prefix=f"jiequ-{part}-") as home:
        report = Path(home) / "report.xml"
        alone = {"JIEQU_MODE": "test", "JIEQU_HOME": home, "JIEQU_DATABASE_URL": "", **env}
        code = show([PYTHON, "-m", "pytest", f"--junitxml={report}", *arguments], env=alone)
        tally = count(report)
    if code == NOTHING_COLLECTED and narrowed:
        console.line("  nothing in this part is called that")
    elif code and not tally.failed:
        console.error(f"pytest ended with {code}")
        tally.failed += 1
    return tally


def count(report: Path) -> Tally:
    if not report.exists():
        return Tally()
    tally = Tally()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        ran, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        tally.add(Tally(passed=max(0, ran - failed - skipped), failed=failed, skipped=skipped))
    return tally


def _workers(words: list[str]) -> list[str]:
    """All of the suite on two workers or more; a narrowed run starts faster on none."""
    return [] if words else ["-n", str(min(8, max(2, os.cpu_count() or 2)))]


def _chromium() -> bool:
    return any(map(shutil.which, CHROMIUM))


def _office() -> bool:
    return any(map(shutil.which, OFFICE))


def _chinese_font() -> bool:
    """Without fontconfig nobody can say; then Chromium shows boxes, and screenshots tell."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False)
    return bool(listed.stdout.strip())
