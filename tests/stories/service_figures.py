"""The pilot's service at the doors, counted: row by row and without the indicators, and compared with them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Sum

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Period, counts, parts_of
from jiequ.outreach.models import (
    Activity,
    Certificate,
    Conflict,
    Coverage,
    Deed,
    FoundMember,
    Household,
    SignUp,
    Visit,
    Wish,
    WishClaim,
)
from jiequ.people.models import Team
from jiequ.territory.models import Unit
from jiequ.work.models import Task

PILOT = Period(date(2021, 2, 1), date(2021, 11, 30))
#: Whole quarters of the pilot; the first began before anybody had reported in, the last is not over.
QUARTERS = (Period(date(2021, 4, 1), date(2021, 6, 30)), Period(date(2021, 7, 1), date(2021, 9, 30)))
LAST = Period(date(2021, 10, 1), date(2021, 11, 30))


def the_service_is_counted(printed: dict[str, Any]) -> None:
    """Over 4,000 contacts, 70 members found, 110 deeds, 540 wishes claimed, 40 teams, 100,000 people covered; four grids in five
    and more run, nine members in ten take part. All of it in the three pilot communities."""
    until = clock.at(date(2021, 12, 1))
    visits = [
        v for v in Visit.objects.all() if v.withdrawn_at is None and v.was_met and v.tier and v.on < date(2021, 12, 1)
    ]
    found = [f for f in FoundMember.objects.all() if f.why != "mistake"]
    claimed = [w for w in Wish.objects.all() if w.claimed_at is not None and w.claimed_at < until]
    counted = {
        "outreach.contacts": len(visits),
        "outreach.members_found": len(found),
        "outreach.deeds": Deed.objects.filter(withdrawn_at=None).count(),
        "outreach.wishes_claimed": len(claimed),
        "outreach.teams": Team.objects.filter(disbanded_on=None).count(),
        "outreach.coverage": Coverage.objects.aggregate(n=Sum("people"))["n"],
    }
    assert {key: printed[key] for key in counted} == counted
    least = {
        "contacts": 4000,
        "members_found": 70,
        "deeds": 110,
        "wishes_claimed": 540,
        "teams": 40,
        "coverage": 100_000,
    }
    for key, number in least.items():
        assert number < counted[f"outreach.{key}"] <= number * 1.2, (key, counted)
    reported = [f for f in found if f.state == "reported"]
    assert len(reported) > len(found) * 0.8
    assert all(f.member.unit.path.startswith(f.unit.path) for f in reported)
    rates_of_each_quarter()
    nobody_in_it_is_real()
    the_morning_has_a_wish_in_every_state()


def rates_of_each_quarter() -> None:
    root = Unit.objects.get(code="440309006")
    for period in (*QUARTERS, LAST):
        n = counts(parts_of(REGISTER.values()), root, period)
        assert n["outreach.grids"] == 68
        assert 0.85 <= n["outreach.grids_running"] / 68 < 1, (period, n["outreach.grids_running"])
        share = n["outreach.members_serving"] / n["outreach.members_active"]
        assert n["outreach.members_active"] > 400 and 0.9 <= share < 1, (period, share)


def nobody_in_it_is_real() -> None:
    households = list(Household.objects.select_related("unit"))
    assert 700 <= len(households) <= 1000
    assert all(h.is_synthetic for h in households)
    assert all(h.phone.startswith("1380000") for h in households if h.phone)
    assert {h.unit.kind for h in households} == {"red_grid"}
    assert len({h.unit_id for h in households}) == 68
    assert {h.kind for h in households} == {"household", "enterprise"}
    assert {h.left_why for h in households if h.left_on} >= {"moved", "withdrew"}
    notes = [v.note for v in Visit.objects.all() if v.note]
    assert len(set(notes)) > 800  # as people write


def the_morning_has_a_wish_in_every_state() -> None:
    """What a visitor finds in 石一 when the demo opens."""
    block = Unit.objects.get(code="GL02-01")
    assert set(Wish.objects.filter(unit=block).values_list("state", flat=True)) == set(Wish.State.values)
    assert Wish.objects.filter(unit=block, parts=5, parts_taken=3).exists()
    assert Wish.objects.filter(times_carried__gt=0).exists()
    assert set(WishClaim.objects.values_list("state", flat=True)) >= {
        "held",
        "connected",
        "done",
        "released",
        "given_up",
    }
    contacts = Task.objects.open().filter(verb="outreach.contact").under(block)
    assert contacts.filter(due_at__lt=clock.now()).exists()
    assert contacts.filter(due_at__gte=clock.now()).exists()
    assert Task.objects.open().filter(verb="outreach.contact_event").under(block).count() == 1
    assert Conflict.objects.filter(settled_at=None, household__unit__path__startswith=block.path).count() == 1
    coming = Activity.objects.coming().filter(unit=block, series__isnull=False)[0]
    assert coming.places_taken == coming.limit
    assert SignUp.objects.filter(activity=coming, state="waiting").count() == 2
    assert Certificate.objects.exists()
