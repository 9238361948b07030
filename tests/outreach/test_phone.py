"""The page that a phone keeps, the key that its visits wait under, and the worker."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from jiequ.core import clock
from tests import make

pytestmark = pytest.mark.django_db
KEY, PAGE = "/visits/phone/key/", "/visits/phone/"


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def signed_in(account):
    client = Client()
    client.force_login(account, backend="jiequ.people.accounts.AccountBackend")
    return client


def test_the_key_is_the_account_s_own_and_the_same_again():
    grid = make.unit("red_grid")
    one, other = make.account("member", grid), make.account("member", grid)
    first, again, foreign = (signed_in(who).get(KEY).json() for who in (one, one, other))
    assert (first["who"], first["key"]) == (again["who"], again["key"])
    assert first["key"] != foreign["key"]
    assert first["who"] != foreign["who"]


def test_the_key_is_never_kept_and_never_given_to_nobody():
    grid = make.unit("red_grid")
    answer = signed_in(make.account("member", grid)).get(KEY)
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(KEY).status_code == 401
    assert signed_in(make.account()).get(KEY).status_code == 403


def test_the_page_holds_nobody_and_reads_no_household(django_assert_max_num_queries):
    building = make.unit("building")
    make.household(building, name="欧阳晚晴", room="907", phone="13712345678")
    grid = make.above(building, 4)
    pages = []
    for who in (make.account("member", grid), make.account("grid_member", grid)):
        client = signed_in(who)
        with django_assert_max_num_queries(8):
            pages.append(client.get(PAGE).content.decode())
    assert pages[0] == pages[1]
    assert [word for word in ("欧阳", "907", "1371", "csrfmiddlewaretoken") if word in pages[0]] == []


def test_the_page_asks_for_nothing_that_is_forbidden_to_ask():
    page = signed_in(make.account("member", make.unit("red_grid"))).get(PAGE).content.decode()
    assert re.findall(r'type="file"|capture=|data-locate|geolocation', page) == []
    assert "不用拍照、打卡，不记轨迹" in page


def test_a_clerk_s_page_says_for_whom_a_phone_may_keep_visits():
    client = signed_in(make.account("member", make.unit("red_grid")))
    who = client.get(KEY).json()["who"]
    assert f'data-who="{who}"' in client.get("/").content.decode()
