"""Who may read: pages of other sites, anybody, without a session. And who may not send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from jiequ.core import clock
from tests import make
from tests.api.client import TYPES, V2, Ground, ground, post, read

pytestmark = pytest.mark.django_db
FORMS = ("xml", "json")


@pytest.fixture
def town() -> Iterator[Ground]:
    with clock.stand_at(make.WEDNESDAY):
        yield ground()


@pytest.mark.parametrize("form", FORMS)
def test_pages_of_other_sites_may_read_and_may_not_send(town: Ground, form: str) -> None:
    for path in ("services", "requests", "discovery", "services/nonsense", "nothing"):
        assert Client().get(f"{V2}/{path}.{form}").headers["Access-Control-Allow-Origin"] == "*"
    asked = Client().options(f"{V2}/requests.{form}", headers={"Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    sent = post(form, {"api_key": town.text, "service_code": "refuse", "address_id": town.building.code})
    assert sent.status_code == 200
    assert not {h for h in sent.headers if h.startswith("Access-Control")}
    head = Client().head(f"{V2}/services.{form}")
    assert (head.status_code, head.headers["Content-Type"], head.content) == (200, TYPES[form], b"")


@pytest.mark.parametrize("form", FORMS)
def test_no_answer_touches_a_session_or_depends_on_who_is_signed_in(town: Ground, form: str) -> None:
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(town.at.head, backend="jiequ.people.accounts.AccountBackend")
    make.case(town.at)
    for path in ("services", "requests", "discovery"):
        mine, anybodys = signed_in.get(f"{V2}/{path}.{form}"), Client().get(f"{V2}/{path}.{form}")
        assert mine.content == anybodys.content
        assert "Cookie" not in mine.headers.get("Vary", "") and not mine.cookies and not anybodys.cookies
    refused = signed_in.post(
        f"{V2}/requests.{form}", "service_code=refuse", content_type="application/x-www-form-urlencoded"
    )
    assert refused.status_code == 403
    assert [row["code"] for row in read(refused, form)] == ["403"]
