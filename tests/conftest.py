"""For browser tests: a real Chromium that must not complain.

A browser test asks for `page` (desktop) or, for several people at once, for `open_page(PHONE)`; each page has cookies
of its own. A line on a page's console or an uncaught error fails the test that saw it; a test that provokes one
on purpose looks at `console_errors` and clears it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Size = dict[str, int]
DESKTOP: Size = {"width": 1440, "height": 900}
PHONE: Size = {"width": 390, "height": 844}
NARROW: Size = {"width": 360, "height": 740}

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: Any
) -> None:
    """A browser's requests come in threads, each with its own connection: SQLite in memory cannot do that, a file can."""
    from django.db import connections

    settings = connections["default"].settings_dict
    in_browser = any(item.get_closest_marker("browser") for item in request.session.items)
    if in_browser and settings["ENGINE"].endswith("sqlite3"):
        settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _journal_can_be_emptied_between_tests() -> Iterator[None]:
    """A test with transactions of its own ends with a flush, which the journal's triggers would refuse."""
    from django.core.management.commands.flush import Command
    from django.db import connection

    from jiequ.core import guard

    flush = Command.handle

    def handle(self: Any, **options: Any) -> None:
        with connection.schema_editor() as schema:
            guard.remove(schema)
        try:
            flush(self, **options)
        finally:
            with connection.schema_editor() as schema:
                guard.install(schema)

    Command.handle = handle  # type: ignore[method-assign]
    yield
    Command.handle = flush  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; without one the test is skipped and says so."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("no Chromium: sudo apt-get install -y chromium fonts-noto-cjk")
    # Playwright's loop runs in this thread; Django takes that for asynchronous code and would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*sandbox, *FLAGS])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Complaints(list[str]):
    """What pages complained about. What holds a word of `forgiven` was meant, whenever it comes."""

    forgiven: tuple[str, ...] = ()

    def left(self) -> list[str]:
        return [said for said in self if not any(word in said for word in self.forgiven)]


@pytest.fixture
def console_errors() -> Complaints:
    """What pages complained about so far; clear it after a complaint that was meant."""
    return Complaints()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, console_errors: Complaints) -> Iterator[Callable[..., Page]]:
    """Opens a page with its own cookies: `open_page(PHONE)`, and whatever else Playwright's new_context takes."""
    contexts = []

    def opened(viewport: Size = DESKTOP, **options: Any) -> Page:
        defaults = {"base_url": live_server.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        context = chromium.new_context(viewport=viewport, **{**defaults, **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: console_errors.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note(page, said, console_errors))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert console_errors.left() == [], "a page complained"


def _note(page: Page, said: Any, console_errors: list[str]) -> None:
    if said.type in {"error", "warning"}:
        where = said.location or {}
        console_errors.append(f"{page.url}: {said.type}: {said.text} ({where.get('url', '')})")


@pytest.fixture
def viewport() -> Size:
    """The size of `page`; `@pytest.mark.parametrize("viewport", [PHONE])` gives another."""
    return DESKTOP


@pytest.fixture
def page(open_page: Callable[..., Page], viewport: Size) -> Page:
    return open_page(viewport)
