"""Canaries: words planted in households, and looked for wherever they must not be.

NAME, PHONE, ROOM and CATEGORY are a household's; WORDS stand in its remark, in a visit's line, in what was found and in a wish as it
was said. Nobody out of scope, no public page, journal entry, notice, task, log line or address holds any of them, and the
database file none in the clear; in scope name, phone and category are never shown unasked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.outreach import actions
from jiequ.outreach.models import HouseholdCategory, Wish
from jiequ.people.models import Notice
from jiequ.people.roles import ROLES
from jiequ.work.models import Task
from tests import make, street
from tests.at_the_door import AtTheDoor, at_the_door
from tests.cases.test_canary import addresses, look, said
from tests.street import Street, Who

pytestmark = pytest.mark.django_db

NAME, PHONE, ROOM, WORDS = "司徒金丝雀", "13955556666", "金丝雀门牌七零九室", "金丝雀原话四四七九"
CATEGORY = "金丝雀重病类别"
SECRETS = (NAME, PHONE, CATEGORY)
ALL = (*SECRETS, ROOM, WORDS, "139 5555 6666", "1395555")


@dataclass
class Planted:
    town: Street
    door: AtTheDoor
    wish: Wish


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[Planted]:
    """A town in which the household behind the own place's door is the canary, and so is all that came of it."""
    with django_db_blocker.unblock(), transaction.atomic(), clock.stand_at(make.WEDNESDAY):
        town = street.build()
        own = town.own
        head = make.account("head", own.block)
        category = HouseholdCategory.objects.create(
            code="canary", name=CATEGORY, purpose="试", is_sensitive=True, tier="month"
        )
        own.door = door = at_the_door(own.building, by=head, words=f"{WORDS}，电话{PHONE}，{ROOM}", name=NAME)
        household = door.household
        household.refresh_from_db()
        actions.edit_household(household, by=head, phone=PHONE, room=ROOM, remark=f"{WORDS}{PHONE}")
        consent = actions.give_consent(household, "sensitive", by=head)
        actions.classify_household(household, category, by=head, consent=consent)
        visited = actions.record_visit(
            household, by=head, note=f"{WORDS}{PHONE}", services=["ask"],
            findings=[{"kind": "case", "words": "楼道灯坏了"}, {"kind": "wish", "words": f"{WORDS}，想要一副老花镜"}],
        )  # fmt: skip
        actions.reveal_household(household, "phone", by=head, reason="上门前约时间")
        actions.find_member(household.unit, by=head, name=NAME, phone=PHONE)
        wish = Wish.objects.get(household=household)
        wish = actions.verify_wish(wish, by=head, checks=["small", "feasible", "reasonable"])
        wish = actions.publish_wish(wish, by=head, title="一副老花镜", says="看报纸用", about="elder")
        door.visit = visited.visit
        household.refresh_from_db()
        yield Planted(town, door, wish)
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(planted: Planted) -> None:
    """In place of pytest-django's transaction a test: the file has one, and each request its savepoint."""


def test_no_page_open_to_all_holds_a_word_of_a_household(planted: Planted) -> None:
    nobody = planted.town.people["anonymous"]
    found = []
    for way, address, data in addresses(planted.town, planted.town.own, nobody):
        if hits := said(look(None, address, way, data), ALL):
            found.append((way, address, hits))
    code = planted.town.own.block.code
    for address in (reverse("wish-wall"), reverse("public-unit", args=[code]), f"/b/{code}/wishes/"):
        text = look(None, address)
        assert text.startswith("200"), address
        if hits := said(text, ALL):
            found.append(("GET", address, hits))
    assert found == []
    assert "一副老花镜" in look(None, reverse("wish-wall"))


@pytest.mark.parametrize("role", ["office", "chief", "head", "secretary", "grid_member", "keeper", "member", "no post"])
def test_a_foreign_unit_s_people_see_nothing_of_it(planted: Planted, role: str) -> None:
    """Another grid of the same block is foreign to those whose posts lie in a grid or a building."""
    town = planted.town
    if role == "no post":
        who = town.people[role]
    else:
        grid = make.unit("red_grid", inside=town.own.block)
        units = {
            "office": make.above(town.abroad.block, 1), "chief": make.above(town.yonder.block, 2),
            "head": town.beside.block, "keeper": make.unit("building", inside=grid),
        }  # fmt: skip
        post = units.get(role, grid)
        who = Who(role, make.account(role, post), ROLES[role], post)
    found = []
    for way, address, data in addresses(town, town.own, who):
        if hits := said(look(who, address, way, data), ALL):
            found.append((way, address, hits))
    for address in (planted.door.household.get_absolute_url(), f"{reverse('search')}?q={planted.wish.number}"):
        if hits := said(look(who, address), ALL):
            found.append(("GET", address, hits))
    assert found == []


def test_in_scope_it_is_masked_until_asked_for(planted: Planted) -> None:
    """The room and the words are for whoever goes there; name, number and category are not shown unasked on any page."""
    own = planted.town.own
    found = []
    for role in ("head", "chief", "office", "grid_member", "member"):
        post = {"chief": make.above(own.block, 2), "office": make.above(own.block, 1), "head": own.block}.get(
            role, own.grid
        )
        who = Who(role, make.account(role, post), ROLES[role], post)
        pages = [planted.door.household.get_absolute_url(), planted.door.visit.get_absolute_url()]
        pages += [planted.wish.get_absolute_url(), planted.door.found.get_absolute_url()]
        pages += [reverse(name) for name in ("home", "tasks", "notices", "visits", "households", "wishes")]
        pages += [reverse("unit", args=[own.block.code])]
        for address in pages:
            text = look(who, address)
            # the settings' list of categories may be offered as a filter; that this household bears one is the secret
            if hits := said(text.replace(f">{CATEGORY}</option>", ""), SECRETS):
                found.append((role, address, hits))
    assert found == [], "\n".join(map(str, found))


def test_what_is_kept_for_ever_or_sent_away_holds_none(planted: Planted) -> None:
    entries = json.dumps(list(JournalEntry.objects.values_list("label", "facts", "verb")), ensure_ascii=False)
    notices = json.dumps(list(Notice.objects.values_list("subject", "body", "url")), ensure_ascii=False)
    tasks = json.dumps(list(Task.objects.values_list("title", "note")), ensure_ascii=False)
    # the category's own row is a reference row; that a household bears it stands nowhere
    for text in (entries.replace(f'"{CATEGORY}"', ""), notices, tasks):
        assert said(text, ALL) == []
    assert '"classify"' in entries and '"reveal"' in entries


def test_no_log_line_holds_one(planted: Planted, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG: what is written to a log is kept by people who may not see a household."""
    own = planted.town.own
    who = Who("head", make.account("head", own.block))
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements are logged only where DEBUG is on
    with caplog.at_level(logging.DEBUG):
        for address in (planted.door.household.get_absolute_url(), "/households/999/", reverse("visits")):
            look(who, address)
            look(None, address)
        look(who, f"/households/{planted.door.household.pk}/visit/", "POST", {"note": f"{WORDS}{PHONE}" * 60})
    assert said(caplog.text, ALL) == []


def test_the_database_holds_none_in_the_clear(planted: Planted) -> None:
    found = []
    for model in apps.get_models():
        table = model._meta.db_table
        if table in {"django_session", "outreach_householdcategory"}:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    is_bytes = isinstance(value, (bytes, memoryview))
                    text = bytes(value).decode("utf-8", "replace") if is_bytes else str(value)
                    if hits := said(text, ALL):
                        found.append((table, column, hits))
    assert found == []
    assert planted.door.household.pk in set(type(planted.door.household).objects.values_list("pk", flat=True))


def test_asked_for_with_a_reason_it_is_there(planted: Planted) -> None:
    """The counter-proof: the canary is really planted."""
    household = planted.door.household
    assert actions.reveal_household(household, "name", by=SYSTEM, reason="核对登记") == NAME
    assert actions.reveal_household(household, "room", by=SYSTEM, reason="核对登记") == ROOM
