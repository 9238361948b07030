"""A claim is a race that is won once: in two browsers, and a thousand times at once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.ids import new_id
from jiequ.outreach.actions import claim_wish, give_up_claim
from jiequ.outreach.models import Wish, WishClaim
from jiequ.people.models import Person
from jiequ.work.models import Task
from tests import make
from tests.conftest import PHONE
from tests.outreach.wishing import again, block, published

CLAIMS, PARTS, THREADS = 1000, 150, 8


class Claimer:
    """Whoever may claim, without an account: what an action asks of an actor."""

    def __init__(self, person_id: int) -> None:
        self.person_id = person_id

    def may(self, permission: str, unit: Any) -> bool:
        return permission == "outreach.claim_wish"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads need a server; SQLite is tried with two processes")
def test_a_thousand_racing_claims_never_overshoot_and_each_has_a_verdict() -> None:
    at = block(members=1)
    wish = published(at, parts=PARTS)
    keys = [new_id() for _n in range(CLAIMS)]
    Person.objects.bulk_create(Person(pk=k, name="张试", label="张*") for k in keys)
    verdicts: list[str] = []
    read = again(wish)  # everybody has read the page before anybody presses
    gate = threading.Barrier(THREADS)

    def claim(some: list[int]) -> list[str]:
        try:
            gate.wait(timeout=30)
            return [claim_wish(copy(read), by=Claimer(k), parts=1 + (k % 2)).state for k in some]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        for said in pool.map(claim, [keys[n::THREADS] for n in range(THREADS)]):
            verdicts += said
    held = WishClaim.objects.filter(wish=wish, state="held")
    parts = sum(held.values_list("parts", flat=True))
    assert Counter(verdicts) == {"held": held.count(), "waiting": CLAIMS - held.count()}
    assert again(wish).parts_taken == parts == PARTS
    assert again(wish).state == "claimed"
    assert Task.objects.open().filter(verb="outreach.connect_wish").count() == held.count()
    # and one that comes free goes to whoever came first
    first = WishClaim.objects.filter(wish=wish).waiting().filter(parts=1)[0]
    freed = held.filter(parts=1).select_related("team", "wish__unit", "wish__rule")[0]
    give_up_claim(freed, by=Claimer(freed.person_id))
    first.refresh_from_db()
    assert (first.state, again(wish).parts_taken) == ("held", PARTS)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_browsers_press_for_the_last_part_and_one_is_told_it_is_first_in_line(
    open_page: Any, client: Any, live_server: Any
) -> None:
    with clock.stand_at(make.WEDNESDAY):
        at = block(members=2)
        wish = published(at)
        pages = []
        for who in at.members:
            client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
            page = open_page(PHONE)
            cookie = client.cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            client.cookies.clear()
            page.goto(reverse("wish-move", args=[wish.pk, "claim"]))
            pages.append(page)
        for page in pages:  # both have the sheet open; both press
            page.get_by_role("button", name="我来圆这个心愿").click(no_wait_after=True)
        for page in pages:
            page.wait_for_url(f"**{wish.get_absolute_url()}")
        said = [page.locator("body").inner_text() for page in pages]
        assert [("认领好了" in s, "您排在第 1 位" in s) for s in said] in (
            [(True, False), (False, True)],
            [(False, True), (True, False)],
        )
    assert sorted(Wish.objects.get(pk=wish.pk).claims.values_list("state", flat=True)) == ["held", "waiting"]
