"""Taps and seconds of what must feel effortless, counted on a phone-sized screen in a real Chromium, beside LOOK's budgets.

`python -m benchmarks.taps OUT` with JIEQU_HOME. The page's own trusted events are counted, not what this script meant to do. Two
times: what the machine took from the first tap until the thing was said to be done, and that with a person's hand: TAP seconds to find
and touch a thing, LETTER seconds to type a character (both generous; Card, Moran and Newell's keystroke model has 1.3 and 0.3).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

TAP, LETTER = 1.6, 0.6  # seconds
PHONE = {"width": 390, "height": 844}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COUNTS = """addEventListener("pointerdown", (event) => { if (event.isTrusted) counted("tap"); }, true);
addEventListener("input", (event) => { for (const letter of event.data || "") counted("letter"); }, true);"""
LINE = "帮三栋的老人把坏了的灯换好了"


def main(out: Path) -> None:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        out.write_text(json.dumps({"left_out": "no Chromium on this machine"}))
        return
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    cookie, homes = _scene()
    from playwright.sync_api import sync_playwright

    from benchmarks import server

    found = []
    with server.serving() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        )
        context = browser.new_context(viewport=PHONE, base_url=f"http://127.0.0.1:{served.port}", locale="zh-CN")
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "sessionid", "value": cookie, "domain": "127.0.0.1", "path": "/"}])
        counts = {"tap": 0, "letter": 0}

        def counted(kind: str) -> None:
            counts[kind] += 1

        context.expose_function("counted", counted)
        context.add_init_script(COUNTS)
        for task in TASKS:
            page = context.new_page()
            task.ready(page)
            counts.update(tap=0, letter=0)
            began = time.perf_counter()
            task.do(page)
            machine = time.perf_counter() - began
            context.set_offline(False)
            found.append({
                "label": task.label, "taps": counts["tap"], "most_taps": task.taps, "letters": counts["letter"],
                "machine": machine, "seconds": machine + TAP * counts["tap"] + LETTER * counts["letter"],
                "most_seconds": task.seconds,
            })  # fmt: skip
            page.close()
        browser.close()
    _check(homes)
    out.write_text(json.dumps({"tasks": found, "tap": TAP, "letter": LETTER}))


def _scene() -> tuple[str, list[int]]:
    """A street with one red grid, households that are due, a published wish; whoever contacts them is signed in."""
    from benchmarks import people
    from jiequ.core import clock
    from jiequ.core.permission import SYSTEM
    from jiequ.outreach.actions import (
        draft_wish,
        give_consent,
        note_event,
        plan_contacts,
        publish_wish,
        register_household,
    )
    from jiequ.people.models import Account, Appointment, Person
    from jiequ.territory.models import Unit

    root = people._unit("subdistrict", "B", "试验街道", None, 0, 0, 1, 1)
    inside: Unit = root
    units = {}
    for n, kind in enumerate(("community", "block", "red_grid", "building")):
        inside = people._unit(kind, f"B{'0' * (n + 1)}", f"试验{kind}", inside, 0, 0, 1, 1)
        units[kind] = inside
    accounts = {}
    for n, (role, unit) in enumerate((("member", units["red_grid"]), ("head", units["block"])), 1):
        person = Person.objects.create(id=n << 21, name=f"试验{n}", label="试*", name_index=f"b{n}", is_synthetic=True)
        Appointment.objects.create(person=person, role=role, unit=unit, starts_on=people.BEGAN)
        accounts[role] = Account.objects.create(username=role, person=person, password="!")
    homes = []
    for room in ("102", "302", "405"):
        home = register_household(
            units["red_grid"], by=SYSTEM, name=f"试验户{room}", room=room, building=units["building"], tier="week",
            is_synthetic=True,
        )  # fmt: skip
        give_consent(home, "contact", by=SYSTEM)
        homes.append(home)
    plan_contacts(by=SYSTEM)
    note_event(homes[0], by=SYSTEM)  # due within 24 hours
    head = Account.objects.get(pk=accounts["head"].pk)
    wish = draft_wish(units["block"], by=head, words="想要一副老花镜", grid=units["red_grid"])
    publish_wish(wish, by=head, title="想要一副老花镜", checks=("small", "feasible", "reasonable"))
    assert clock.today()
    return people.session(accounts["member"]), [home.pk for home in homes]


def _check(homes: list[int]) -> None:
    """What was counted was also done."""
    from jiequ.outreach.models import Deed, Visit, WishClaim

    done = (Visit.objects.filter(household__in=homes).count(), WishClaim.objects.count(), Deed.objects.count())
    if done != (2, 1, 1):
        raise SystemExit(f"visits, claims and deeds: {done}")


class Task:
    """Something to do: the page it begins on is open, then it is done until the page says so."""

    def __init__(
        self, label: str, taps: int, seconds: float | None, ready: Callable[[Any], None], do: Callable[[Any], None]
    ) -> None:
        self.label, self.taps, self.seconds, self.ready, self.do = label, taps, seconds, ready, do


def _on_the_phone(page: Any) -> None:
    page.goto("/visits/phone/")
    page.wait_for_selector(".stop.next")
    page.wait_for_function(
        """async () => (await navigator.serviceWorker.ready) && (await caches.match("/visits/phone/")) !== undefined"""
    )


def _on_the_stairs(page: Any) -> None:
    _on_the_phone(page)
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector(".stop.next")


def _visit(page: Any) -> None:
    page.get_by_role("link", name="记走访").click()
    page.get_by_label("征求意见访").click()
    page.get_by_label("便民服务送").click()
    page.get_by_role("button", name="一切都好").click()
    page.get_by_role("button", name="记好了").click()
    page.locator("#n-done").get_by_text("记好了").wait_for()


def _visit_with_a_network(page: Any) -> None:
    _visit(page)
    page.locator("#n-done").get_by_text("已同步").wait_for()


def _visit_offline(page: Any) -> None:
    _visit(page)
    page.context.set_offline(False)
    page.locator("#n-done").get_by_text("已同步").wait_for()


def _claim(page: Any) -> None:
    page.locator("main").get_by_role("link", name="认领").last.click()
    page.locator("dialog[open] form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/wish(es|-claims)/\d+/$"))


def _deed(page: Any) -> None:
    page.locator("main").get_by_role("link", name="记实事").first.click()
    form = page.locator("form:has([name=title])").last
    form.locator("[name=title]").wait_for()
    form.locator("[name=title]").click()
    page.keyboard.type(LINE)
    form.locator("button.btn-primary").click()
    page.wait_for_url("**/deeds/**")
    page.locator("main").get_by_text(LINE).first.wait_for()


TASKS = (
    Task("record an ordinary visit", 6, 20, _on_the_phone, _visit_with_a_network),
    Task("the same on the stairs, offline", 6, 20, _on_the_stairs, _visit_offline),
    Task("claim a wish, from the list", 2, None, lambda page: page.goto("/wishes/?view=open"), _claim),
    Task("record a deed, with one line", 3, None, lambda page: page.goto("/deeds/"), _deed),
)

if __name__ == "__main__":
    main(Path(sys.argv[1]))
