"""The launcher repeats nothing that is done, loses no failure and leaves nothing behind."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from launcher import lock, packages, steps, suite
from launcher.front import NODE_LOCK

REPORT = '<testsuites><testsuite tests="7" failures="1" errors="2" skipped="1"/></testsuites>'


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(steps, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    return tmp_path


def test_a_step_is_done_until_its_source_changes_or_its_result_goes(stamps: Path) -> None:
    source, result = stamps / "source", stamps / "result"
    source.write_text("one")
    result.write_text("made")
    assert not steps.is_done("step", steps.fingerprint(source), [result])
    steps.set_done("step", steps.fingerprint(source))
    assert steps.is_done("step", steps.fingerprint(source), [result])
    source.write_text("two")
    assert not steps.is_done("step", steps.fingerprint(source), [result])
    source.write_text("one")
    result.unlink()
    assert not steps.is_done("step", steps.fingerprint(source), [result])


def test_a_folder_has_another_fingerprint_when_a_file_in_it_is_renamed_but_not_when_it_is_built(stamps: Path) -> None:
    folder = stamps / "web"
    (folder / "css").mkdir(parents=True)
    (folder / "css" / "a.css").write_text("body {}")
    before = steps.fingerprint(folder)
    (folder / "dist").mkdir()
    (folder / "dist" / "a.css").write_text("body{}")
    assert steps.fingerprint(folder) == before
    (folder / "css" / "a.css").rename(folder / "css" / "b.css")
    assert steps.fingerprint(folder) != before


def test_a_failed_command_says_its_name_its_code_and_its_last_words() -> None:
    with pytest.raises(steps.Failed) as refused:
        steps.call([sys.executable, "-c", "import sys; print('last words'); sys.exit(3)"])
    assert "ended with 3" in str(refused.value)
    assert "last words" in str(refused.value)


def test_a_step_beside_the_others_hands_its_failure_over() -> None:
    def fails() -> None:
        raise steps.Failed("no front end")

    with pytest.raises(steps.Failed, match="no front end"):
        steps.Beside(fails).result()


def test_failures_errors_and_skips_are_counted_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert str(suite.count(report)) == "3 passed, 3 failed, 1 skipped"
    assert str(suite.count(tmp_path / "none.xml")) == "0 passed, 0 failed, 0 skipped"


def test_the_locks_carry_hashes_and_name_no_address() -> None:
    for file in (packages.LOCK, packages.TEST_LOCK, packages.UV_LOCK, NODE_LOCK):
        text = file.read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(("#", " "))]
        assert len(pins) >= 1
        assert all(line.endswith("\\") for line in pins), "a pin without a hash"
        assert "://" not in text
    assert '"resolved"' not in (lock.WEB / "package-lock.json").read_text()


def test_the_test_lock_holds_everything_of_the_lock() -> None:
    def pins(file: Path) -> set[str]:
        return {line.split(" ")[0] for line in file.read_text().splitlines() if "==" in line and line[0] not in "# "}

    assert pins(packages.LOCK) - pins(packages.TEST_LOCK) == set()


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    names = [file.stem for file in (steps.ROOT / "launcher").glob("*.py") if file.stem != "__main__"]
    code = "import importlib\n" + "\n".join(f"importlib.import_module('launcher.{name}')" for name in names)
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(steps.ROOT)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert bare.stderr == ""
    assert bare.returncode == 0


def test_the_locks_hold_every_package_the_project_names() -> None:
    def plain(requirement: str) -> str:
        return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")

    project = tomllib.loads((steps.ROOT / "pyproject.toml").read_text())["project"]
    for file, wanted in (
        (packages.LOCK, project["dependencies"]),
        (packages.TEST_LOCK, project["dependencies"] + project["optional-dependencies"]["test"]),
    ):
        locked = {plain(line.split("==")[0]) for line in file.read_text().splitlines() if "==" in line}
        assert {plain(name) for name in wanted} - locked == set(), "python -m launcher.lock"
