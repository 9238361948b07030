"""The page of an import: the bar asks for itself until there is something to decide, and then the whole page is another."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.core.sheets import importing, start
from jiequ.people.models import Account
from jiequ.territory.sheets import UNITS
from tests import make
from tests.core.test_sheets import xlsx

pytestmark = pytest.mark.django_db
BAR = {"HX-Request": "true", "HX-Target": "progress"}


@pytest.fixture
def office() -> Account:
    return make.account("office", make.above(make.unit("community"), 1))


def test_the_bar_moves_and_then_the_page_with_its_buttons_comes(office: Account, client: Client) -> None:
    client.force_login(office, backend="jiequ.people.accounts.AccountBackend")
    upload = start(UNITS, "units.xlsx", xlsx(), by=office)
    address = reverse("import", args=[upload.pk])
    whole = client.get(address).content.decode()
    assert "排队中" in whole and 'id="progress"' in whole and "<main" in whole
    part = client.get(address, headers=BAR).content.decode()
    assert 'id="progress"' in part and 'hx-swap-oob="true"' in part and "<main" not in part
    importing.judge.func(upload.pk)
    answer = client.get(address, headers=BAR)
    assert answer["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "排队中" not in page and 'id="progress"' not in page


def test_another_part_of_a_finished_one_is_asked_for_as_before(office: Account, client: Client) -> None:
    client.force_login(office, backend="jiequ.people.accounts.AccountBackend")
    upload = start(UNITS, "units.xlsx", xlsx(), by=office)
    importing.judge.func(upload.pk)
    answer = client.get(reverse("import", args=[upload.pk]), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in answer and b"<main" in answer.content
