"""The wall for everybody, and the wisher's own page: what they say, what they never say, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.models import Wish
from tests import make
from tests.outreach.wishing import Block, again, block, fulfilled, published, team

pytestmark = pytest.mark.django_db
NAME, PHONE, ROOM, WORDS = "欧阳金丝雀", "13911112222", "7719", "金丝雀字句八八三一"


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield


def pages(at: Block) -> list[str]:
    return [reverse("wish-wall"), reverse("public-wishes", args=[at.block.code])]


def read(address: str, **more: Any) -> str:
    return Client().get(address, **more).content.decode()


def statements(address: str) -> int:
    with CaptureQueriesContext(connection) as spent:
        assert Client().get(address).status_code == 200
    return len([q for q in spent.captured_queries if "SAVEPOINT" not in q["sql"]])


def test_the_wall_shows_what_can_be_claimed_and_what_came_true_and_nothing_else() -> None:
    at = block()
    published(at, title="想学会视频通话", kind="service")
    taken = published(at, title="想要一本字典")
    actions.claim_wish(taken, by=at.members[0])
    ours = team(at, at.members[0], name="楼道红管家")
    granted = published(at, title="轮椅的刹车修好了")
    actions.bring_claim(actions.claim_wish(granted, by=at.members[0], team=ours), by=at.members[0])
    actions.confirm_wish(again(granted), by=at.keeper)
    for address in pages(at):
        text = read(address)
        assert "想学会视频通话" in text
        assert "想要一本字典" not in text
        assert "轮椅的刹车修好了" in text
        assert "“楼道红管家”圆的" in text
        assert at.members[0].person.label not in text
    other = block()
    assert "想学会视频通话" not in read(pages(other)[1])
    assert "想学会视频通话" in read(pages(other)[0])


def test_a_kind_can_be_chosen_and_parts_are_said() -> None:
    at = block()
    published(at, title="想学会视频通话", kind="service", parts=3)
    published(at, title="想要一本字典")
    actions.claim_wish(Wish.objects.get(title="想学会视频通话"), by=at.members[0])
    text = read(pages(at)[1] + "?kind=service")
    assert "还要2份" in text
    assert "想要一本字典" not in text
    assert Client().get(pages(at)[1] + "?kind=nonsense&before=x").status_code == 200


def test_the_canary_is_on_no_page_open_to_all() -> None:
    at = block()
    home = make.household(at.building, name=NAME, phone=PHONE, room=ROOM, remark=WORDS)
    states = [published(at, words=f"{WORDS}，{PHONE}，{ROOM}室", household=home) for _n in range(4)]
    actions.claim_wish(states[0], by=at.members[0])
    actions.bring_claim(actions.claim_wish(states[1], by=at.members[0]), by=at.members[0])
    actions.bring_claim(actions.claim_wish(states[2], by=at.members[0]), by=at.members[0])
    actions.confirm_wish(again(states[2]), by=at.keeper)
    links = [reverse("public-wish", args=[actions.make_wish_link(again(w), by=at.keeper)]) for w in states[:2]]
    for address in [*pages(at), *links]:
        for view in ("plain", "elder"):
            text = read(address, headers={"cookie": f"view={view}"})
            for canary in (NAME, PHONE, ROOM, WORDS, home.label, at.building.name, at.grid.name, "字句"):
                assert canary not in text, (address, canary)


def test_the_wall_costs_the_same_with_one_wish_and_with_many() -> None:
    at = block()
    published(at)
    actions.confirm_wish(fulfilled(at), by=at.head)
    one = [statements(address) for address in pages(at)]
    for _n in range(5):
        published(at, parts=2)
        actions.confirm_wish(fulfilled(at), by=at.head)
    assert [statements(address) for address in pages(at)] == one
    assert max(one) <= 8


def test_the_wall_is_kept_for_a_minute_needs_no_session_and_stands_empty_as_well() -> None:
    at = block()
    for address in pages(at):
        answer = Client().get(address)
        assert "max-age=60" in answer["Cache-Control"]
        assert not answer.cookies
        assert "现在没有等人认领的心愿" in answer.content.decode()
    assert Client().get(reverse("public-wishes", args=["nowhere"])).status_code == 404


def test_the_wisher_says_it_came_true_or_not_yet() -> None:
    at = block()
    wish = fulfilled(at)
    address = reverse("public-wish", args=[actions.make_wish_link(wish, by=at.keeper)])
    assert "收到了，是我想要的" in read(address)
    Client().post(address, {"not_yet": "1"})
    assert again(wish).state == "connected"
    assert "收到了，是我想要的" not in read(address)
    assert Client().post(address).status_code == 409  # nothing to confirm now
    actions.bring_claim(wish.claims.get(), by=at.members[0])
    assert Client().post(address).status_code == 302
    assert again(wish).state == "confirmed"
    text = Client().get(address)
    assert "心愿实现了" in text.content.decode()
    assert text["X-Robots-Tag"] == "noindex, nofollow"


def test_a_new_link_ends_the_one_before_and_a_wrong_one_is_not_found() -> None:
    at = block()
    wish = fulfilled(at)
    old = reverse("public-wish", args=[actions.make_wish_link(wish, by=at.keeper)])
    actions.make_wish_link(again(wish), by=at.head)
    assert Client().get(old).status_code == 404
    assert Client().post(old).status_code == 404
    assert again(wish).state == "fulfilled"


@pytest.mark.parametrize("state", ["draft", "verified", "published", "claimed", "connected", "returned", "withdrawn"])
def test_the_wisher_s_page_has_words_for_every_state(state: str) -> None:
    at = block()
    wish = published(at)
    address = reverse("public-wish", args=[actions.make_wish_link(wish, by=at.keeper)])
    Wish.objects.filter(pk=wish.pk).update(state=state)
    with CaptureQueriesContext(connection) as spent:
        assert Client().get(address).status_code == 200
    assert len(spent.captured_queries) <= 8
