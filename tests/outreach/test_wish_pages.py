"""The list, a wish's page, its forms: who sees what, what they cost, and that a claim is two taps."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.models import Wish, WishRound
from jiequ.people.models import Account
from tests import make
from tests.outreach.wishing import Block, again, block, draft, fulfilled, published, team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield


def signed_in(who: Account) -> Client:
    client = Client()
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def read(who: Account, address: str, status: int = 200) -> str:
    answer = signed_in(who).get(address)
    assert answer.status_code == status
    return answer.content.decode()


def statements(who: Account, address: str) -> int:
    client = signed_in(who)
    client.get(address)
    with CaptureQueriesContext(connection) as spent:
        assert client.get(address).status_code == 200
    return len([q for q in spent.captured_queries if "SAVEPOINT" not in q["sql"]])


def move(wish: Wish, name: str) -> str:
    return reverse("wish-move", args=[wish.pk, name])


def test_the_list_shows_who_waits_longest_first_and_filters() -> None:
    at = block()
    published(at, title="想要一本字典")
    clock.move_to(make.WEDNESDAY.replace(hour=10))
    published(at, title="想学会视频通话", kind="service", about="elder")
    text = read(at.members[0], reverse("wishes"))
    assert text.index("想要一本字典") < text.index("想学会视频通话")
    assert "2个心愿等人认领" in text
    for query, shown in (("kind=service", 1), ("about=elder", 1), ("round=77", 0), ("kind=goods&about=elder", 0)):
        assert ("想学会视频通话" in read(at.members[0], f"{reverse('wishes')}?{query}")) == bool(shown)
    for view in ("mine", "look", "doing", "done", "ended", "all"):
        read(at.members[0], f"{reverse('wishes')}?view={view}")


def test_a_stranger_s_wish_is_there_and_not_seen() -> None:
    at, there = block(), block()
    wish = published(there, title="想要一本字典")
    assert Wish.objects.filter(pk=wish.pk).exists()
    assert "想要一本字典" not in read(at.members[0], f"{reverse('wishes')}?view=all")
    read(at.members[0], wish.get_absolute_url(), 404)
    assert signed_in(at.members[0]).post(move(wish, "claim")).status_code == 404


def test_pages_cost_the_same_with_one_and_with_many() -> None:
    at = block()
    wish = published(at, parts=9)
    actions.claim_wish(wish, by=at.members[0])
    WishRound.objects.create(unit=at.block, name="0", opens_on=clock.today(), closes_on=clock.today())
    before = [statements(at.head, a) for a in (reverse("wishes"), wish.get_absolute_url(), reverse("wish-rounds"))]
    for n in (1, 2, 3):
        actions.claim_wish(again(wish), by=at.members[n])
        published(at)
        WishRound.objects.create(unit=at.block, name=f"{n}", opens_on=clock.today(), closes_on=clock.today())
    after = [statements(at.head, a) for a in (reverse("wishes"), wish.get_absolute_url(), reverse("wish-rounds"))]
    assert after == before
    assert before[0] <= 10
    assert before[1] <= 12
    done = fulfilled(at)
    assert statements(at.head, done.get_absolute_url()) <= 14  # who granted it must not confirm it


def test_words_and_household_are_for_who_wrote_verifies_or_has_claimed() -> None:
    at = block()
    home = make.household(at.building, name="欧阳金丝雀")
    wish = published(at, words="金丝雀字句", household=home)
    holder, waits, other = at.members[:3]
    actions.claim_wish(wish, by=holder)
    actions.claim_wish(again(wish), by=waits)
    for who, knows in ((at.keeper, True), (at.head, True), (holder, True), (waits, False), (other, False)):
        text = read(who, wish.get_absolute_url())
        assert ("金丝雀字句" in text) == knows
        assert (home.label in text) == knows
        assert (at.building.name in text) == knows
        assert "欧阳金丝雀" not in text


def test_a_claim_is_two_taps_from_the_list() -> None:
    at = block()
    wish = published(at)
    assert move(wish, "claim") in read(at.members[0], reverse("wishes"))  # the first
    assert "我来圆这个心愿" in read(at.members[0], move(wish, "claim"))
    answer = signed_in(at.members[0]).post(move(wish, "claim"), follow=True)  # the second: nothing to fill in
    assert "认领好了，谢谢您" in answer.content.decode()
    assert again(wish).state == "claimed"


def test_who_comes_too_late_is_told_and_in_line() -> None:
    at = block()
    wish = published(at)
    actions.claim_wish(wish, by=at.members[0])
    answer = signed_in(at.members[1]).post(move(wish, "claim"), follow=True)
    assert "您排在第 1 位" in answer.content.decode()
    again_too = signed_in(at.members[1]).post(move(wish, "claim"))
    assert "您已经认领过这个心愿" in again_too.content.decode()


def test_a_team_and_parts_are_asked_only_where_there_are_any() -> None:
    at = block()
    one, many = published(at), published(at, parts=3)
    assert 'name="parts"' not in read(at.members[0], move(one, "claim"))
    assert 'name="team"' not in read(at.members[0], move(one, "claim"))
    ours = team(at, at.members[0])
    text = read(at.members[0], move(many, "claim"))
    assert 'name="parts"' in text
    assert "楼道红管家" in text
    assert "我一个人" in text
    signed_in(at.members[0]).post(move(many, "claim"), {"team": ours.pk, "parts": 2})
    claim = many.claims.get()
    assert (claim.team_id, claim.parts) == (ours.pk, 2)
    text = read(at.members[0], reverse("wish-claim-move", args=[claim.pk, "bring"]))
    assert "队里谁去了" in text


@pytest.mark.parametrize(("parts", "also"), [(1, False), (2, True)])
def test_the_history_tells_one_claim_once(parts: int, also: bool) -> None:
    at = block()
    wish = published(at, parts=parts)
    for who in at.members[:parts]:
        actions.claim_wish(wish, by=who)
    text = read(at.head, wish.get_absolute_url())
    text = text[text.index('class="tl"') :]
    assert text.count("认领") == parts + also, "with several parts it is worth a line that all are taken"


def test_the_head_verifies_and_publishes_in_one_form_with_a_preview() -> None:
    at = block()
    wish = draft(at, words="想要一根拐杖")
    client = signed_in(at.head)
    assert 'value="想要一根拐杖"' in client.get(move(wish, "publish")).content.decode()
    data = {
        "title": "想要一根拐杖",
        "about": "elder",
        "kind": "goods",
        "parts": "1",
        "checks": ["small", "feasible", "reasonable"],
    }
    shown = client.post(move(wish, "publish"), {**data, "preview": "1"}, headers={"HX-Request": "true"})
    assert shown.content.decode().startswith('<div class="wishcard"')
    assert "一位老人" in shown.content.decode()
    wrong = client.post(move(wish, "publish"), {**data, "title": "3栋502想要拐杖", "preview": "1"})
    assert "不要写楼栋和门牌" in wrong.content.decode()
    assert again(wish).state == "draft"
    missing = client.post(move(wish, "publish"), {**data, "checks": ["small"]})
    assert "三样都核实了才能发布" in missing.content.decode()
    refused = client.post(move(wish, "publish"), {**data, "title": "3栋502想要拐杖"}).content.decode()
    assert 'value="3栋502想要拐杖"' in refused  # what was typed is kept
    assert client.post(move(wish, "publish"), data).status_code == 302
    assert again(wish).state == "published"


def test_words_that_tell_are_no_suggestion_for_the_wall() -> None:
    at = block()
    wish = draft(at, words="3栋502想装扶手")
    assert 'value="3栋502' not in read(at.head, move(wish, "publish"))


def test_a_wish_is_written_down_from_a_household_and_never_twice() -> None:
    at = block()
    home = make.household(at.building)
    address = f"{reverse('wish-new')}?household={home.pk}"
    assert home.label in read(at.keeper, address)
    data = {
        "unit": at.block.code,
        "words": "想要一根拐杖",
        "about": "elder",
        "kind": "goods",
        "parts": "1",
        "once": "k",
    }
    for _n in range(2):
        assert signed_in(at.keeper).post(address, data).status_code == 302
    wish = Wish.objects.get()
    assert (wish.household_id, wish.grid_id, wish.words) == (home.pk, at.grid.pk, "想要一根拐杖")
    assert "请写下心愿" in signed_in(at.keeper).post(address, {**data, "words": ""}).content.decode()


@pytest.mark.parametrize("who", ["claimer", "head", "stranger"])
def test_a_claim_is_moved_by_its_claimer_or_on_their_behalf(who: str) -> None:
    at = block()
    wish = published(at)
    claim = actions.claim_wish(wish, by=at.members[0])
    client = signed_in({"claimer": at.members[0], "head": at.head, "stranger": at.members[1]}[who])
    status = 403 if who == "stranger" else 302
    for name, data in (("connect", {}), ("bring", {"on": "2021-12-01"})):
        assert client.post(reverse("wish-claim-move", args=[claim.pk, name]), data).status_code == status
    assert again(wish).state == ("claimed" if who == "stranger" else "fulfilled")


def test_only_the_wisher_s_side_is_offered_to_confirm_and_gets_the_link() -> None:
    at = block()
    wish = fulfilled(at)
    assert move(wish, "confirm") in read(at.keeper, wish.get_absolute_url())
    assert move(wish, "confirm") not in read(at.members[0], wish.get_absolute_url())
    text = signed_in(at.keeper).post(move(wish, "link")).content.decode()
    assert "/w/" in text
    assert "<svg" in text
    assert signed_in(at.keeper).post(move(wish, "confirm")).status_code == 302
    assert again(wish).state == "confirmed"
    assert signed_in(at.keeper).post(move(wish, "confirm")).status_code == 409


def test_a_case_is_turned_into_a_wish_from_its_own_page() -> None:
    street = make.street()
    case, _secret = make.case(street, state="working", body="想要一根拐杖，电话13812341234。")
    address = reverse("case-wish", args=[case.pk])
    assert address in read(street.head, case.get_absolute_url())
    text = read(street.head, address)
    assert "想要一根拐杖" in text
    assert "13812341234" not in text
    answer = signed_in(street.head).post(
        address, {"words": "想要一根拐杖", "about": "elder", "kind": "goods", "parts": 1}
    )
    wish = Wish.objects.get()
    assert answer["Location"] == wish.get_absolute_url()
    assert case.number in read(street.head, wish.get_absolute_url())
    assert wish.number in read(street.head, case.get_absolute_url())


def test_rounds_are_opened_and_closed_on_their_page() -> None:
    at: Block = block()
    client = signed_in(at.chief)
    data = {"unit": at.community.code, "name": "第四批", "opens_on": "2021-12-01", "closes_on": "2022-01-31"}
    assert client.post(reverse("wish-round-open"), data).status_code == 302
    published(at)
    row = WishRound.objects.get()
    assert "第四批" in read(at.members[0], reverse("wish-rounds"))
    assert client.post(reverse("wish-round-close", args=[row.pk]), {}).status_code == 302
    assert Wish.objects.get().times_carried == 1
    assert "排在最前" in read(at.members[0], reverse("wishes"))
