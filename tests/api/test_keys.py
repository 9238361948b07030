"""Keys: shown once, kept as a blind index, revoked for good; and what a call with one costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jiequ.api import actions
from jiequ.api.models import ApiKey
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.site import cli
from tests import make
from tests.api.client import V2, Ground, ground, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Iterator[Ground]:
    with clock.stand_at(make.WEDNESDAY):
        yield ground()


def sending(town: Ground, **more: Any) -> dict[str, Any]:
    return {"api_key": town.text, "service_code": "refuse", "lat": "22.701", "long": "114.001", **more}


def statements(seen: CaptureQueriesContext) -> list[str]:
    return [q["sql"][:120] for q in seen if "SAVEPOINT" not in q["sql"]]


def test_the_command_shows_a_key_once_alone_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["api-key", "create", "--label", "区政务热线", "--scope", "open311"]) == 0
    said = capsys.readouterr()
    text = said.out.splitlines()[-1]
    assert said.out == f"{text}\n" and len(text) == 54
    key = ApiKey.objects.get()
    assert (key.label, key.scope, key.revoked_at, key.last_used_on) == ("区政务热线", "open311", None, None)
    assert cli.main(["api-key", "list"]) == 0
    listed = capsys.readouterr().out
    assert "区政务热线" in listed and text not in listed
    assert cli.main(["api-key", "revoke", str(key.pk)]) == 0
    assert cli.main(["api-key", "revoke", str(key.pk)]) == 1
    assert cli.main(["api-key", "revoke", "999999"]) == 1
    assert cli.main(["api-key", "create", "--label", " "]) == 1


def test_neither_the_row_nor_the_journal_holds_the_key(town: Ground) -> None:
    assert post("json", sending(town)).status_code == 200
    actions.revoke_key(town.key, by=SYSTEM)
    kept = json.dumps([*ApiKey.objects.values(), *JournalEntry.objects.values()], default=str)
    assert town.text not in kept and town.text.removeprefix("jiequ-") not in kept
    acts = JournalEntry.objects.filter(kind="api.apikey").order_by("pk").values_list("verb", "label", "facts")
    assert [(verb, label) for verb, label, _facts in acts] == [(v, "试用平台") for v in ("create", "bring", "revoke")]
    assert acts[1][2] == {"case": Case.objects.get().pk}


def test_a_revoked_key_opens_nothing(town: Ground) -> None:
    actions.revoke_key(town.key, by=SYSTEM)
    assert post("json", sending(town)).status_code == 403
    assert Case.objects.count() == 0
    with pytest.raises(Overtaken):
        actions.revoke_key(town.key, by=SYSTEM)


def test_a_key_of_another_scope_or_in_the_address_opens_nothing(town: Ground) -> None:
    ApiKey.objects.update(scope="other")
    assert post("json", sending(town)).status_code == 403
    ApiKey.objects.update(scope="open311")
    without = {k: v for k, v in sending(town).items() if k != "api_key"}
    response = Client().post(f"{V2}/requests.json?api_key={town.text}", without)
    assert (response.status_code, Case.objects.count()) == (403, 0)


def test_keys_are_the_administrators_alone(town: Ground) -> None:
    admin = make.account("admin", town.at.root)
    for who in (town.at.head, make.account("office", town.at.root)):
        with pytest.raises(NotAllowed):
            actions.create_key("x", by=who)
        with pytest.raises(NotAllowed):
            actions.revoke_key(town.key, by=who)
    key, _text = actions.create_key("x", by=admin)
    assert actions.revoke_key(key, by=admin).revoked_at is not None
    for label, scope in (("", "open311"), ("长" * 61, "open311"), ("x", "everything")):
        with pytest.raises(Refused):
            actions.create_key(label, by=admin, scope=scope)


def test_an_administrator_ends_a_key_on_its_page_and_nobody_reads_it_there(town: Ground) -> None:
    client = Client()
    client.force_login(make.account("admin", town.at.root), backend="jiequ.people.accounts.AccountBackend")
    page = client.get("/api-keys/").content.decode()
    assert "试用平台" in page and town.text not in page and town.key.key_index not in page
    assert client.post(f"/api-keys/{town.key.pk}/revoke/").status_code == 302
    assert "的密钥已停用" in client.get("/api-keys/").content.decode()
    assert post("json", sending(town)).status_code == 403
    assert client.post(f"/api-keys/{town.key.pk}/revoke/").status_code == 409
    assert client.post("/api-keys/999999/revoke/").status_code == 404


def test_a_client_may_file_and_nothing_else(town: Ground) -> None:
    client = actions.Client(town.key)
    assert client.may("cases.file_case", town.block)
    for permission in ("cases.view_case", "cases.accept_case", "cases.reveal_complainant", "api.manage_keys", "*"):
        assert not client.may(permission, town.block)


def test_the_day_of_the_last_use_is_written_once_a_day(town: Ground) -> None:
    for day in range(2):
        for _ in range(2):
            assert post("json", sending(town)).status_code == 200
        assert ApiKey.objects.get().last_used_on == clock.today()
        clock.move_to(make.WEDNESDAY + timedelta(days=day + 1))


def test_a_case_came_through_the_interface(town: Ground) -> None:
    post("json", sending(town))
    entry = JournalEntry.objects.get(kind="cases.case", verb="file")
    assert (entry.channel, entry.by_id, entry.facts["source"]) == ("open311", None, "open311")


def test_the_same_sending_again_files_nothing(town: Ground) -> None:
    first, again = (post("json", sending(town), **{"Idempotency-Key": "Abc 1"}) for _ in range(2))
    assert first.json() == again.json() and Case.objects.count() == 1
    for other in ("abc 1", "Abc1"):
        assert post("json", sending(town), **{"Idempotency-Key": other}).status_code == 200
    assert Case.objects.count() == 3
    _key, text = actions.create_key("另一平台", by=SYSTEM)
    post("json", sending(town, api_key=text), **{"Idempotency-Key": "Abc 1"})
    assert Case.objects.count() == 4
    assert post("json", sending(town), **{"Idempotency-Key": "x" * 201}).status_code == 400


def test_the_resident_s_own_link_comes_with_the_answer_and_opens_the_case(town: Ground) -> None:
    notice = post("json", sending(town)).json()[0]["service_notice"]
    link = next(word for word in notice.replace("：", " ").split() if word.startswith("http://testserver/"))
    assert Client().get(link).status_code == 200


def test_what_a_call_costs(town: Ground) -> None:
    post("json", sending(town))  # the first one enters the default limits
    for fields in (sending(town), sending(town, lat="", long="", address_string="石一街区 3栋")):
        with CaptureQueriesContext(connection) as seen:
            assert post("json", fields).status_code == 200
        assert len(statements(seen)) <= 20, statements(seen)


def test_a_list_costs_the_same_with_one_request_and_with_many(town: Ground) -> None:
    Client().get(f"{V2}/requests.json")  # the middles of units are read once for each version of the boundaries
    counts = set()
    query = {"service_code": "refuse", "status": "open", "bbox": "114,22,115,23", "jurisdiction_id": "440309006"}
    for _ in range(3):
        make.case(town.at, state="working")
        with CaptureQueriesContext(connection) as seen:
            rows = Client().get(f"{V2}/requests.json", query).json()
        counts.add(len(statements(seen)))
    assert len(rows) == 3
    assert len(counts) == 1 and max(counts) <= 6, statements(seen)
