"""What every command begins with: environment and front end, side by side; raises Failed."""

from __future__ import annotations

from launcher import console, front, packages
from launcher.steps import PYTHON, ROOT, Beside, call, fingerprint, is_done, only_one, set_done


def prepare(*, test: bool = False) -> None:
    """Packages and front end at once; then translations. Quick when nothing changed."""
    with only_one():
        packages.make_environment()
        web = Beside(front.build)
        packages.install(test=test)
        compile_messages()
        web.result()
    console.step("set-up", "ready", console.elapsed())


def compile_messages() -> None:
    sources = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    mark = fingerprint(*sources)
    if sources and not is_done("messages", mark, [source.with_suffix(".mo") for source in sources]):
        with console.timed("translations", "compiled"):
            call([PYTHON, "-m", "jiequ.site.messages", "compile"])
        set_done("messages", mark)
