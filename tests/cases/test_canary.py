"""Canaries: words planted in cases, and looked for wherever they must not be.

NAME, PHONE and EMAIL are the complainant's; WORDS stand in what they wrote. Nobody out of scope, no public page, journal entry,
notice, mail, log line, address or Open311 answer holds any of them; in scope the first three are never shown unasked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, Complainant
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC
from jiequ.people.models import Notice
from jiequ.people.roles import ROLES
from jiequ.work.models import Task
from tests import make, street
from tests.doors import DOORS, IN_QUERY, WAYS, Door
from tests.street import Place, Street, Who

pytestmark = pytest.mark.django_db

NAME, PHONE, EMAIL, WORDS = "欧阳金丝雀", "13911112222", "canary-7719@example.org", "金丝雀字句八八三一"
SECRETS = (NAME, PHONE, EMAIL)
ALL = (*SECRETS, WORDS, "139 1111 2222", "1391111")


@dataclass
class Planted:
    town: Street
    cases: list[Case]
    tokens: list[str]


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[Planted]:
    """A town in which each case of the own place is the canary's, in every state on the way."""
    with django_db_blocker.unblock(), transaction.atomic(), clock.stand_at(make.WEDNESDAY):
        town = street.build()
        cases, tokens = [], []
        at = make.street()  # a street of its own, in the same town's first subdistrict
        for state in ("submitted", "accepted", "dispatched", "working", "replied"):
            case, secret = make.case(
                at, state=state, body=f"{WORDS}，三楼的灯坏了。电话{PHONE}。", place=f"{WORDS}302室", name=NAME,
                phone=PHONE, email=EMAIL,
            )  # fmt: skip
            cases.append(case)
            tokens.append(secret)
        working, replied = cases[3], cases[4]
        actions.write_note(working, by=at.head, text=f"{WORDS}{PHONE}")
        actions.tell_complainant(working, by=at.head, text=f"{WORDS}{PHONE}")
        actions.add_to_case(Complainant.objects.get(case=working), by=PUBLIC, text=f"{WORDS}{PHONE}")
        actions.rate_case(replied, replied.complainants.get(), score="dissatisfied", words=f"{WORDS}{PHONE}", by=PUBLIC)
        actions.escalate_case(working, by=at.head, call="请协调。")
        yield Planted(town, cases, tokens)
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(planted: Planted) -> None:
    """In place of pytest-django's transaction a test: the file has one, and each request its savepoint."""


def look(who: Who | None, address: str, way: str = "GET", data: dict[str, Any] | None = None) -> str:
    """All that an answer says: status, headers, body. Whatever was done is undone."""
    client = Client(raise_request_exception=False)
    if who is not None and who.account is not None:
        client.force_login(who.account, backend="jiequ.people.accounts.AccountBackend")
    cache.clear()
    with transaction.atomic():
        answer = client.get(address) if way == "GET" else client.post(address, data or {})
        content = b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return f"{answer.status_code} {dict(answer.headers)} {content.decode('utf-8', 'replace')}"


def doors() -> Iterator[tuple[str, Door]]:
    for name, found in sorted(DOORS.items()):
        for door in found if isinstance(found, list) else [found]:
            yield name, door


def addresses(town: Street, place: Place, who: Who) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(way, address, data) of every page for a place."""
    for name, door in doors():
        args = door.args(place, who)
        args = args if isinstance(args, tuple) else (args,)
        query = f"?unit={place.block.code}" if name in IN_QUERY else door.query(place)
        for way in WAYS[door.ways]:
            yield way, reverse(name, args=args) + query, door.data(place)


def said(text: str, canaries: tuple[str, ...]) -> list[str]:
    return [canary for canary in canaries if canary in text]


def test_no_page_open_to_all_holds_a_word_of_a_case(planted: Planted) -> None:
    nobody = planted.town.people["anonymous"]
    found = []
    for way, address, data in addresses(planted.town, planted.town.own, nobody):
        if hits := said(look(None, address, way, data), ALL):
            found.append((way, address, hits))
    case = planted.cases[0]
    for address in (
        reverse("public-unit", args=[case.block.code]),
        *(f"/b/{case.block.code}/{page}/" for page in ("case", "cases", "propose")),
    ):
        if hits := said(look(None, address), ALL):
            found.append(("GET", address, hits))
    assert found == []


@pytest.mark.parametrize("role", ["office", "chief", "head", "grid_member", "no post"])
def test_a_foreign_unit_s_people_see_nothing_of_it(planted: Planted, role: str) -> None:
    """The canary's street lies in the first subdistrict; the office tried here is another's."""
    who = planted.town.people[role]
    if role == "office":
        root = make.above(planted.town.abroad.block, 1)
        who = Who(role, make.account(role, root), ROLES[role], root)
    found = []
    for way, address, data in addresses(planted.town, planted.town.own, who):
        if hits := said(look(who, address, way, data), ALL):
            found.append((way, address, hits))
    for one in planted.cases:
        assert who.post is None or not one.unit.path.startswith(who.post.path)
        for address in (one.get_absolute_url(), f"{reverse('cases')}?q={one.number}", f"{reverse('search')}?q={WORDS}"):
            text = look(who, address)
            if hits := said(
                text.replace(f"q={WORDS}", "").replace(f'value="{WORDS}"', "").replace(f"“{WORDS}”", ""), ALL
            ):
                found.append(("GET", address, hits))
    assert found == []


def test_in_scope_the_complainant_is_masked_until_asked_for(planted: Planted) -> None:
    """The words are for whoever handles it; name, number and address are not shown unasked on any page."""
    block = planted.cases[0].block
    found = []
    for role in ("head", "chief", "office"):
        unit = {"head": block, "chief": make.above(block, 2), "office": make.above(block, 1)}[role]
        who = Who(role, make.account(role, unit))
        for case in planted.cases:
            pages = [case.get_absolute_url(), reverse("cases"), reverse("home"), reverse("tasks"), reverse("notices")]
            pages += [f"{reverse('search')}?q={case.short_number}", reverse("unit", args=[block.code])]
            for address in pages:
                hits = said(look(who, address), SECRETS)
                if hits:
                    found.append((role, address, hits))
    assert found == []


def test_what_is_kept_for_ever_or_sent_away_holds_none(planted: Planted) -> None:
    entries = json.dumps(list(JournalEntry.objects.values_list("label", "facts", "verb")), ensure_ascii=False)
    notices = json.dumps(list(Notice.objects.values_list("subject", "body", "url")), ensure_ascii=False)
    tasks = json.dumps(list(Task.objects.values_list("title", "note")), ensure_ascii=False)
    mails = " ".join(f"{m.subject} {m.body} {m.extra_headers}" for m in mail.outbox)
    for text in (entries, notices, tasks, mails):
        assert said(text, ALL) == []
    assert entries.count("file") >= len(planted.cases)


def test_no_log_line_holds_one(planted: Planted, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, statements included: what is written to a log is kept by people who may not see a case."""
    case = planted.cases[0]
    who = Who("head", make.account("head", case.block))
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # statements are logged only where DEBUG is on
    with caplog.at_level(logging.DEBUG):
        for address in (case.get_absolute_url(), "/b/nowhere/case/", f"/c/{planted.tokens[0]}/", "/cases/999/"):
            look(who, address)
            look(None, address)
        look(None, f"/b/{case.block.code}/case/", "POST", {"body": f"{WORDS}{PHONE}", "name": NAME, "phone": "x" * 50})
    assert said(caplog.text, ALL) == []


def test_the_database_holds_names_numbers_and_words_only_sealed(planted: Planted) -> None:
    """Title, place and what is searched are kept in the clear for whoever handles it, with numbers starred out."""
    in_the_clear = {("cases_case", "title"), ("cases_case", "place"), ("cases_case", "search_text")}
    found = []
    for model in apps.get_models():
        table = model._meta.db_table
        if table.startswith("django_session"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    text = (
                        bytes(value).decode("utf-8", "replace")
                        if isinstance(value, (bytes, memoryview))
                        else str(value)
                    )
                    canaries = SECRETS if (table, column) in in_the_clear else ALL
                    if hits := said(text, canaries):
                        found.append((table, column, hits))
    assert found == []


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_open311_tells_none(planted: Planted, fmt: str) -> None:
    ids = ",".join(str(case.pk) for case in planted.cases)
    for address in (
        f"/open311/v2/requests.{fmt}",
        f"/open311/v2/requests.{fmt}?service_request_id={ids}",
        *(f"/open311/v2/requests/{case.pk}.{fmt}" for case in planted.cases),
    ):
        text = look(None, address)
        assert text.startswith("200"), (address, text[:200])
        assert said(text, ALL) == []
