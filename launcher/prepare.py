"""What every command begins with: environment, front end, translations; raises Failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from launcher import console, front, packages
from launcher.steps import PYTHON, ROOT, Beside, call, fingerprint, is_done, only_one, set_done


@contextmanager
def prepare(*, test: bool = False) -> Iterator[Beside]:
    """Packages and translations; the front end is built beside them, and the body may wait for it or go on.

    Quick when nothing changed. No other command sets the checkout up until the body has ended.
    """
    with only_one():
        packages.make_environment(test=test)
        front_end = Beside(front.build)
        packages.install(test=test)
        compile_messages()
        yield front_end
        front_end.result()


def compile_messages() -> None:
    sources = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    mark = fingerprint(*sources)
    if sources and not is_done("messages", mark, [source.with_suffix(".mo") for source in sources]):
        with console.timed("translations", "compiled"):
            call([PYTHON, "-m", "jiequ.site.messages", "compile"])
        set_done("messages", mark)
