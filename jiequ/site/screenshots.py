"""The pictures in the README, shot from a demo that is being served: `python -m launcher.screenshots` does all of it.

What is shown is looked for in the demo's database, so that a changed demo still has pictures with something on them.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from jiequ.cases.models import Case
    from jiequ.territory.models import Unit

PLACE = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK: Any = {"width": 1440, "height": 900}
LOW: Any = {"width": 1440, "height": 580}
PHONE: Any = {"width": 390, "height": 844}
WALL: Any = {"width": 1920, "height": 1080}
MOST = 300_000  # bytes: a clone should not weigh more for its pictures


@dataclass(frozen=True)
class Picture:
    """One page as `who` sees it; nobody's when empty."""

    name: str
    who: str
    address: str
    size: Any = None
    theme: str = "light"


def pictures() -> list[Picture]:
    """What is shown, by its addresses in this demo."""
    from django.db.models import Count

    from jiequ.council.models import Meeting, Motion
    from jiequ.territory.models import Unit

    block = Unit.objects.get(code="GL02-01")
    community = Unit.objects.get(path=block.path_at(2))
    following = Motion.objects.under(community).filter(state=Motion.State.FOLLOWING, items__ballots__kind="by_name")
    motion = following.order_by("-is_major", "-decided_at").first()
    held = Meeting.objects.filter(unit=block, state=Meeting.State.CLOSED).annotate(n=Count("items"))
    meeting = held.order_by("-n", "-starts_at").first()
    if motion is None or meeting is None:
        raise LookupError(f"{community} has no motion that is followed up, or {block} no meeting that was held")
    pilot = "unit=440309006&from=2021-02-01&to=2021-11-30"
    return [
        Picture("workbench", "head-shiyi", "/"),
        Picture("motion", "chief-niuhu", motion.get_absolute_url()),
        Picture("meeting", "head-shiyi", meeting.get_absolute_url()),
        Picture("unit", "chief-niuhu", block.get_absolute_url()),
        Picture("figures", "office", f"/figures/?{pilot}"),
        Picture("pilot", "office", f"/figures/?{pilot}&show=counts&open=none", size=LOW),
        Picture("workbench-dark", "chief-niuhu", "/", theme="dark"),
        Picture("cases", "head-shiyi", "/cases/"),
        Picture("case", "chief-niuhu", _worked_on(community).get_absolute_url()),
        Picture("report", "", f"/b/{block.code}/case/", size=PHONE),
        Picture("propose", "", f"/b/{block.code}/propose/", size=PHONE),
        Picture("minutes", "head-shiyi", f"{meeting.get_absolute_url()}minutes/"),
        *_sitting(block),
    ]


def _worked_on(community: Unit) -> Case:
    """The open case of `community` of which most has been said."""
    from django.db.models import Count

    from jiequ.cases.models import Case

    found = Case.objects.under(community).open().exclude(lead=None).annotate(n=Count("messages"))
    case = found.order_by("-n", "-filed_at").first()
    if case is None:
        raise LookupError(f"{community} has no open case")
    return case


def _sitting(block: Unit) -> list[Picture]:
    """The meeting of the demo's first day while it votes: on a councillor's phone, and on the wall."""
    from django.urls import reverse

    from jiequ.core.permission import SYSTEM
    from jiequ.council import actions
    from jiequ.council.actions.presence import voters
    from jiequ.council.models import AgendaItem, Meeting
    from jiequ.council.views.codes import wall_token
    from jiequ.people.models import Account

    meeting = Meeting.objects.filter(unit=block, state__in=["noticed", "open"]).order_by("starts_at").first()
    if meeting is None:
        raise LookupError(f"{block} has no meeting to hold")
    if meeting.state == Meeting.State.NOTICED:
        present = list(voters(block).order_by("pk")[:7])
        for person in present:
            actions.sign_in(meeting, person, by=SYSTEM)
        actions.open_meeting(meeting, by=SYSTEM)
        related = ("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
        item = AgendaItem.objects.filter(meeting=meeting).select_related(*related).order_by("position")[0]
        actions.open_item(item, by=SYSTEM)
        ballot = actions.open_ballot(item, by=SYSTEM)
        for account in Account.objects.filter(person__in=present[:4]).order_by("pk"):
            actions.cast_vote(ballot, by=account, choice="yes")
    waiting = meeting.attendances.exclude(person__votes__ballot__item__meeting=meeting).order_by("-pk")[0]
    who = Account.objects.get(person=waiting.person_id).username
    return [
        Picture("room", who, reverse("meeting-room", args=[meeting.pk]), size=PHONE),
        Picture("wall", "", reverse("meeting-wall", args=[wall_token(meeting)]), size=WALL),
    ]


def shoot(browser: Browser, server: str, picture: Picture, password: str) -> int:
    """Take one picture; returns its size in bytes."""
    look: Any = picture.theme
    context = browser.new_context(
        base_url=server, viewport=picture.size or DESK, locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme=look
    )
    page = context.new_page()
    if picture.who:
        page.goto("/sign-in/")
        page.fill("input[name=username]", picture.who)
        page.fill("input[name=password]", password)
        page.click("main button[type=submit], main form button")
        page.wait_for_url(f"{server}/")
    page.goto(picture.address)
    page.wait_for_load_state("networkidle")
    file = PLACE / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    context.close()
    return file.stat().st_size


def main(arguments: list[str]) -> int:
    """`ADDRESS [NAME …]`: all pictures, or those that are named. 1 when one is too large or there is no Chromium."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiequ.site.settings")
    django.setup()
    from playwright.sync_api import sync_playwright

    from jiequ.demo.cast import PASSWORD

    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        sys.stderr.write("No Chromium: sudo apt-get install -y chromium fonts-noto-cjk\n")
        return 1
    server, wanted = arguments[0], set(arguments[1:])
    shown = [p for p in pictures() if not wanted or p.name in wanted]
    PLACE.mkdir(parents=True, exist_ok=True)
    large = []
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=[*sandbox, "--disable-gpu"])
        for picture in shown:
            size = shoot(browser, server, picture, PASSWORD)
            sys.stdout.write(f"  {picture.name:16} {size // 1000} kB\n")
            large += [picture.name] if size > MOST else []
        browser.close()
    if large:
        sys.stderr.write(f"Too large: {', '.join(large)}\n")
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
