"""The pilot's published numbers, made by acting and counted by querying; every figure opens to exactly its rows."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from jiequ.core import clock, journal
from jiequ.core.measures import REGISTER, Measure, Period, counts, parts_of
from jiequ.council.models import Ballot, Meeting, Motion, Rating
from jiequ.demo.cast import LOGINS, PASSWORD
from jiequ.demo.replay import replay
from jiequ.people.models import Account, Member, Person
from jiequ.site import cli
from jiequ.territory.models import Unit
from tests import make

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ARTICLE = {
    "territory.communities": 3,
    "territory.blocks": 20,
    "territory.red_grids": 68,
    "people.members": 468,
    "council.meetings": 98,
    "council.motions": 181,
    "council.motions_handled": 147,
    "council.motions_followed_up": 34,
}
PILOT = Period(date(2021, 2, 1), date(2021, 11, 30))


def figures() -> dict[str, int]:
    root = Unit.objects.get(code="440309006")
    return counts(parts_of(REGISTER.values()), root, PILOT)


def test_the_pilot_acted_out_gives_the_article_s_numbers(client, capsys):
    replay()

    # counted
    assert cli.figures(["--unit", "440309006", "--from", "2021-02-01", "--to", "2021-11-30", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["figures"]
    assert {key: printed[key] for key in ARTICLE} == ARTICLE

    # opened: the page says the same number, and its spreadsheet has as many rows
    client.force_login(Account.objects.get(username="office"), backend="jiequ.people.accounts.AccountBackend")
    query = {"unit": "440309006", "from": "2021-02-01", "to": "2021-11-30"}
    for key, number in ARTICLE.items():
        opened = 0
        address = reverse("figure-rows", args=[key]) + "?" + "&".join(f"{k}={v}" for k, v in query.items())
        while address:
            text = client.get(address).content.decode()
            body = re.search(r"<tbody.*?</tbody>", text, re.S)
            assert body, key
            opened += len(re.findall(r"<tr\b", body.group()))
            following = re.search(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', text)
            address = (following.group(1) or following.group(2)).replace("&amp;", "&") if following else ""
            if address.startswith("?"):
                address = reverse("figure-rows", args=[key]) + address
        assert opened == number, key

    # altered: one row more or less is one more or less in the figure
    Meeting.objects.filter(pk=Meeting.objects.held(PILOT).first().pk).update(state="cancelled")
    Motion.objects.filter(pk=Motion.objects.followed_up(PILOT).first().pk).update(
        concluded_at=clock.at(date(2021, 11, 29))
    )
    Member.objects.filter(pk=Member.objects.first().pk).update(left_on=date(2021, 11, 1))
    after = figures()
    assert after["council.meetings"] == 97
    assert (after["council.motions_handled"], after["council.motions_followed_up"]) == (148, 33)
    assert after["people.members"] == 467

    # all of it has been written down, and nothing else was
    assert list(journal.verify()) == []

    # varied, as a year is
    assert set(Motion.objects.values_list("category", flat=True)) >= {
        "epidemic",
        "appearance",
        "hygiene",
        "facilities",
        "culture",
    }
    for state in ("rejected", "returned", "referred", "merged", "postponed", "concluded", "following"):
        assert Motion.objects.filter(state=state).exists(), state
    assert Meeting.objects.filter(state="adjourned").count() == 7
    assert set(Ballot.objects.values_list("kind", flat=True)) == {"hands", "by_name"}
    assert Ballot.objects.values("present").distinct().count() >= 4
    assert Motion.objects.filter(round=2).exists()
    assert Rating.objects.filter(score="unsatisfied").exists()
    assert all(b.majority.met(b.yes, b.present) == (b.outcome == "passed") for b in Ballot.objects.all())

    # everybody in it is invented and says so; the listed names can sign in
    assert Person.objects.filter(is_synthetic=False).count() == 0
    for username, _words in LOGINS:
        account = Account.objects.get(username=username)
        assert account.is_demo
        assert account.check_password(PASSWORD)

    # the demo runs on its own clock from the morning after
    assert clock.is_shifted()
    assert str(clock.today()) == "2021-12-01"


def test_every_listed_figure_counts_without_rows_too():
    unit = make.unit("subdistrict", valid_from=date(2022, 1, 1))
    found = counts(parts_of(REGISTER.values()), unit, PILOT)
    assert set(found) == {key for key, figure in REGISTER.items() if isinstance(figure, Measure)}
    assert set(found.values()) == {0}
