"""The written house: generated pages are what the code says, links lead somewhere, named commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jiequ.site import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} (.+)$", re.M)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_generated_pages_are_what_the_code_says():
    """In a process of its own: tests enter flows and figures of their own in the registers."""
    asked = subprocess.run(
        [sys.executable, "-m", "jiequ.site.cli", "docs", "--check"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (asked.stdout, asked.returncode) == ("", 0), f"{asked.stdout}{asked.stderr}"


def anchors(page: Path) -> set[str]:
    """As code hosts make them from headings."""
    heads = [
        re.sub(r"[`*]", "", head).strip().casefold().replace(" ", "-") for head in HEADING.findall(page.read_text())
    ]
    return {"".join(c for c in head if c.isalnum() or c in "-_") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page):
    broken = []
    for found in LINK.findall(page.read_text()):
        target, _, anchor = (found[0] or found[1]).partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(f"{target}#{anchor}" if anchor else target)
    assert broken == []


def test_pictures_are_light():
    heavy = {
        p.name: p.stat().st_size for p in (ROOT / "docs" / "screenshots").glob("*.png") if p.stat().st_size > 300_000
    }
    assert heavy == {}


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_first_thing_said_is_the_three_commands(page):
    code = (ROOT / page).read_text().split("```")[1]
    words = [line.split()[0] for line in code.splitlines()[1:] if line.strip()]
    assert words == ["./run", "./test", "./bench"]
    for word in words:
        assert os.access(ROOT / word, os.X_OK), f"{word} cannot be run"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_every_command_is_told_and_every_told_command_exists(page):
    told = set(re.findall(r"^\| `jiequ ([a-z-]+)`", (ROOT / page).read_text(), re.M))
    assert told == set(cli.COMMANDS)


def test_modules_that_pages_tell_to_run_exist():
    told = {m for page in PAGES for m in re.findall(r"python -m ((?:launcher|jiequ)[\w.]*)", page.read_text())}
    missing = [m for m in sorted(told) if not (ROOT / f"{m.replace('.', '/')}.py").exists()]
    assert told and missing == []


def test_every_setting_that_is_read_is_told():
    read = set()
    for place in ("jiequ", "launcher"):
        for file in (ROOT / place).rglob("*.py"):
            read |= set(re.findall(r"environ(?:\.get\(|\[)\s*\"(JIEQU_[A-Z_]+)\"", file.read_text()))
    told = set(re.findall(r"JIEQU_[A-Z_]+", (ROOT / "docs" / "operations.md").read_text()))
    assert {"JIEQU_HOME", "JIEQU_MODE"} <= read
    assert read - told == set()


def test_decisions_are_numbered_without_gaps_and_listed():
    folder = ROOT / "docs" / "decisions"
    files = sorted(folder.glob("0*.md"))
    assert [int(f.name[:4]) for f in files] == list(range(1, len(files) + 1))
    listed = re.findall(r"\((0[^)]+)\)", (folder / "README.md").read_text())
    assert listed == [f.name for f in files]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_place_of_somebody_s_machine(page):
    assert re.findall(r"(?<![\w.])/(?:work|tmp|home|root)/\w+", page.read_text()) == []
