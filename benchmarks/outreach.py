"""A quarter's plan: households in grids of a hundred are planned, planned again after a grid is split, and shown to a member.

`python -m benchmarks.outreach OUT HOUSEHOLDS SECONDS REQUESTS` with JIEQU_HOME and JIEQU_DATABASE_URL; writes its figures to OUT.
Half of a grid's households live in a building that its member contracts; the others wait there for somebody.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

IN_A_GRID = 100  # households
FIRST = 1 << 41  # the key of the first household and of the first person, so that their rows are found again
QUARTERS = 4  # of visits behind the figures
TIERS = ("quarter", "quarter", "month", "week")


def main(out: Path, size: int, seconds: float, most: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.urls import reverse

    from benchmarks import FLOOR_PAGE, client, fill, loading, people, server
    from benchmarks.client import Request
    from benchmarks.pages import LIST, Page
    from benchmarks.scene import statements
    from jiequ.core.permission import SYSTEM
    from jiequ.outreach.actions import plan_contacts, replan_contacts, set_defaults
    from jiequ.outreach.models import Household
    from jiequ.outreach.workflow import CONTACT
    from jiequ.territory.actions import split_unit
    from jiequ.work.models import Task

    def say(text: str) -> None:
        sys.stderr.write(f"  {connection.vendor} {size:>9,} planned     {text}\n")
        sys.stderr.flush()

    found: dict[str, Any] = {"database": connection.vendor, "size": size, "pages": {}, "acts": {}}
    call_command("migrate", run_syncdb=True, verbosity=0)
    fill.set_clock()
    town = people.build()
    set_defaults(town.root, by=SYSTEM)
    grids = _grids(town, size // IN_A_GRID)
    member = _members(grids)
    _households(grids, size)
    loading.settle()
    found["grids"] = len(grids)

    def act(name: str, label: str, run: Callable[[], Any]) -> Any:
        found["acts"][name] = {"label": label, **_timed(run)}
        say(f"{label}: {found['acts'][name]['seconds']:.2f} s")
        return found["acts"][name].pop("gave")

    act("floor", "floor: as many bare rows, one INSERT … SELECT", _bare_rows)
    opened = act("plan", "plan them all", plan_contacts)
    again = act("again", "plan again, nothing to do", plan_contacts)
    act("replan", "give a whole block's contacts out anew", lambda: replan_contacts([town.blocks[0]], by=SYSTEM))
    parts = [{"code": f"SPLIT{n}", "name": f"拆{n}网格"} for n in range(2)]
    act("split", "split a grid, its contacts follow", lambda: split_unit(grids[1], parts, by=SYSTEM))
    late = act("after", "plan again after it", plan_contacts)
    lost = Task.objects.open().filter(verb=CONTACT).exclude(unit__valid_until=None).count()
    if (opened, again, late, lost) != (size, 0, 0, 0) or Household.objects.filter(next_due_on=None).exists():
        raise SystemExit(f"opened {opened}, then {again} and {late}; {lost} lie in a closed grid")
    _visits(grids, size)
    loading.settle()
    who = {"member": people.session(member), "head": people.session(town.accounts["head"])}
    who["office"] = people.session(town.accounts["office"])
    visits = reverse("visits")
    shown = [
        Page(FLOOR_PAGE, "floor: bare view", Request(reverse("bench-view")), 0),
        Page("mine", f"today's plan, a member, {IN_A_GRID} doors", Request(f"{visits}?show=all", who["member"]), LIST),
        Page("week", "today's plan, a member, this week", Request(f"{visits}?show=week", who["member"]), LIST),
        Page("json", "a phone's plan", Request(reverse("visits-plan"), who["member"]), LIST),
        Page("home", "workbench, a member", Request(reverse("home"), who["member"]), LIST),
        Page("head", "a block, grid by grid", Request(visits, who["head"]), LIST),
        Page("office", "everything, community by community", Request(visits, who["office"]), LIST),
        Page(
            "figures",
            "figures of service, the office",
            Request(f"{reverse('figures')}?show=service", who["office"]),
            LIST,
        ),
    ]
    for page in shown:
        found["pages"][page.key] = {
            "label": page.label, "budget": page.budget,
            "statements": statements(page.request, settings.SESSION_COOKIE_NAME),
        }  # fmt: skip
    with server.serving() as served:
        for page in [*shown, *shown]:
            client.measure(served, [client.again_and_again(page.request)], most=4, seconds=seconds)
        for page in shown:
            each = [client.again_and_again(page.request)]
            found["pages"][page.key] |= asdict(client.measure(served, each, most=most, seconds=seconds))
    say("pages read")
    out.write_text(json.dumps(found))


def _timed(run: Callable[[], Any]) -> dict[str, Any]:
    """Seconds, statements without those of savepoints, and what it gave."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        began = time.perf_counter()
        gave = run()
        took = time.perf_counter() - began
    return {"seconds": took, "statements": sum("SAVEPOINT" not in q["sql"] for q in captured), "gave": gave}


def _bare_rows() -> None:
    """What the database needs for nothing but a small row a household."""
    from django.db import connection

    from benchmarks.models import Left
    from jiequ.core.writing import write
    from jiequ.outreach.models import Household

    with write(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {Left._meta.db_table} (text) SELECT label FROM {Household._meta.db_table}")


def _grids(town: Any, wanted: int) -> list[Any]:
    """Red grids with two buildings each, spread over the blocks."""
    from benchmarks.people import BEGAN
    from jiequ.territory.models import Unit

    made = []
    for number in range(wanted):
        block = town.blocks[number % len(town.blocks)]
        values = {"valid_from": BEGAN, "is_synthetic": True}
        grid = Unit.objects.add_child(
            block, {**values, "kind": "red_grid", "code": f"G{number:04}", "name": f"{number}格"}
        )
        for n in range(2):
            Unit.objects.add_child(
                grid, {**values, "kind": "building", "code": f"G{number:04}{n}", "name": f"{n + 1}栋"}
            )
        made.append(grid)
    return made


def _members(grids: list[Any]) -> Any:
    """One in each grid, who contracts its first building; the account of the first grid's."""
    from benchmarks.people import BEGAN
    from jiequ.people.models import Account, Appointment, BuildingAssignment, Member, Person

    persons = Person.objects.bulk_create(
        Person(id=FIRST + n, name=f"走访{n}", label="走*", is_synthetic=True) for n in range(len(grids))
    )
    pairs = list(zip(persons, grids, strict=True))
    Appointment.objects.bulk_create(Appointment(person=p, role="member", unit=g, starts_on=BEGAN) for p, g in pairs)
    members = Member.objects.bulk_create(
        Member(person=p, unit=g, source="community", home_organisation="试验支部", reported_on=BEGAN) for p, g in pairs
    )
    firsts = {code[:-1]: pk for pk, code in _buildings(grids) if code.endswith("0")}
    BuildingAssignment.objects.bulk_create(
        BuildingAssignment(member=member, unit_id=firsts[grid.code], starts_on=BEGAN)
        for member, grid in zip(members, grids, strict=True)
    )
    Account.objects.create(username="visitor", person=persons[0], password="!")
    return Account.objects.select_related("person").get(username="visitor")


def _buildings(grids: list[Any]) -> list[tuple[int, str]]:
    from jiequ.territory.models import Unit

    return list(Unit.objects.filter(kind="building", code__startswith="G").values_list("pk", "code"))


def _households(grids: list[Any], size: int) -> None:
    """Registered, with a consent to be contacted, and not planned."""
    from benchmarks.fill import NOW
    from benchmarks.loading import Table, utc
    from benchmarks.people import BEGAN
    from jiequ.outreach.actions.rules import consent_text
    from jiequ.outreach.models import Consent, Household

    text = consent_text("contact", NOW.date())
    homes = {code: pk for pk, code in _buildings(grids)}
    rooms: Any = Household._meta.get_field("room")
    households, consents = Table(Household), Table(Consent)
    for number in range(size):
        pk, grid = FIRST + number, grids[number // IN_A_GRID]
        households.add(
            id=pk, unit_id=grid.pk, building_id=homes[f"{grid.code}{number % 2}"], kind="household", label="试*",
            room=rooms.seal(pk, f"{number % 30 + 1}{number % 4 + 1:02}"), tier=TIERS[number // 2 % 4],
            door_index=f"bench-{number}", registered_at=utc(NOW), is_synthetic=True,
        )  # fmt: skip
        consents.add(id=pk, household_id=pk, covers="contact", text_id=text.pk, given_on=BEGAN, recorded_at=utc(NOW))
    households.write()
    consents.write()


def _visits(grids: list[Any], size: int) -> None:
    """A visit to each household in each of the last `QUARTERS` quarters."""
    from benchmarks.fill import NOW
    from benchmarks.loading import Table, utc
    from jiequ.outreach.models import Visit

    visits = Table(Visit)
    for number in range(size):
        for quarter in range(QUARTERS):
            day = NOW.date() - timedelta(days=91 * quarter + number % 90)
            visits.add(
                id=FIRST + number * QUARTERS + quarter, household_id=FIRST + number, unit_id=grids[number // IN_A_GRID].pk,
                on=day, mode="door", services="[]", tier=TIERS[number // 2 % 4], recorded_at=utc(NOW),
            )  # fmt: skip
    visits.write()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
