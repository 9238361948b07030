"""The pilot's published numbers, made by acting and counted by querying; every figure opens to exactly its rows."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from jiequ.core import clock, journal
from jiequ.core.measures import REGISTER, Measure, Period, counts, parts_of
from jiequ.core.models import JournalEntry
from jiequ.council.actions.presence import voters
from jiequ.council.documents.record import numbers, record_of
from jiequ.council.models import (
    Apology,
    Ballot,
    Commitment,
    Confirmation,
    Correction,
    Guest,
    Meeting,
    Minutes,
    Motion,
    Objection,
    OwnersVote,
    Rating,
    Recusal,
)
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
    minutes_agree_with_the_record()

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
    assert set(Ballot.objects.values_list("kind", flat=True)) == {"hands", "by_name", "secret"}
    assert {r.state for r in Recusal.objects.all()} == {"held", "dismissed"}
    assert Ballot.objects.exclude(set_aside_at=None).exclude(closed_at=None).exists()  # voted again
    assert Ballot.objects.filter(closed_at=None).exclude(set_aside_at=None).exists()  # broken off
    assert JournalEntry.objects.filter(verb="lose_quorum").count() >= 3
    assert Motion.objects.filter(state="answered").count() >= 10
    assert {v.passed for v in OwnersVote.objects.all()} == {True}
    assert Commitment.objects.exclude(returned_at=None).exclude(accepted_at=None).exists()
    for nouns in (Guest, Apology, Correction, Confirmation, Objection):
        assert nouns.objects.exists(), nouns.__name__
    assert Ballot.objects.values("present").distinct().count() >= 4
    assert Motion.objects.filter(round=2).exists()
    assert Rating.objects.filter(score="unsatisfied").exists()
    closed = Ballot.objects.exclude(closed_at=None)
    assert all(b.majority.met(b.yes, b.present) == (b.outcome == "passed") for b in closed)

    # everybody in it is invented and says so; the listed names can sign in
    assert Person.objects.filter(is_synthetic=False).count() == 0
    for username, _words in LOGINS:
        account = Account.objects.get(username=username)
        assert account.is_demo
        assert account.check_password(PASSWORD)

    # the demo runs on its own clock from the morning after
    assert clock.is_shifted()
    assert str(clock.today()) == "2021-12-01"


def minutes_agree_with_the_record():
    """The minutes of all 105 meetings, final or not: each number in them is counted again from the tables."""
    meetings = list(Meeting.objects.filter(state__in=["closed", "adjourned"]).select_related("unit", "rule"))
    assert len(meetings) == 98 + 7
    for meeting in meetings:
        final = Minutes.objects.filter(meeting=meeting).exclude(content=None).first()
        found = numbers(final.content if final else record_of(meeting))
        seats = set(voters(meeting.unit, clock.day(meeting.closed_at)).values_list("pk", flat=True))
        came = set(meeting.attendances.filter(is_voting=True).values_list("person_id", flat=True))
        assert (found["seats"], found["came"], found["absent"]) == (len(seats), len(came), len(seats - came))
        assert found["apologies"] == meeting.apologies.count()
        assert found["guests"] == meeting.guests.count()
        items = list(meeting.items.order_by("position"))
        assert [i["motion"] for i in found["items"]] == [i.motion_id for i in items]
        for said, item in zip(found["items"], items, strict=True):
            assert said["recused"] == item.recusals.filter(state="held").count()
            assert said["speeches"] == item.speeches.held().count()
            rows = list(item.ballots.exclude(closed_at=None).order_by("round"))
            told = [(b["yes"], b["no"], b["abstain"], b["present"], b["seats"], b["outcome"]) for b in said["ballots"]]
            assert told == [(b.yes, b.no, b.abstain, b.present, b.seats, b.outcome) for b in rows]
            entitled = [b.votes.filter(is_counted=True).count() for b in rows]
            assert entitled == [b.present for b in rows]


def test_every_listed_figure_counts_without_rows_too():
    unit = make.unit("subdistrict", valid_from=date(2022, 1, 1))
    found = counts(parts_of(REGISTER.values()), unit, PILOT)
    assert set(found) == {key for key, figure in REGISTER.items() if isinstance(figure, Measure)}
    assert set(found.values()) == {0}
