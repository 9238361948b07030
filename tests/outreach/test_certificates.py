"""Certificates: from the hours that were recorded, drawn when they are opened, confirmed to anybody who holds one."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.certificates import common_path
from jiequ.outreach.documents.certificate import as_pdf
from jiequ.outreach.models import Activity, Certificate, SignUp
from jiequ.people.models import Account, Reveal
from tests import make, printed

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"
DECEMBER = {"starts_on": date(2021, 12, 1), "ends_on": date(2021, 12, 31)}
NAME = "欧阳试雨"


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def who(at) -> Account:
    return make.account("member", at.grid, name=NAME)


def serve(
    at: make.Street, *people: Account, day: int, hours: str = "2", wants: bool = True, unit=None, by=None
) -> Activity:
    """An activity of a day in December to which `people` came."""
    clock.move_to(make.WEDNESDAY)
    starts = make.moment(f"2021-12-{day:02d} 10:00")
    [activity] = actions.plan_activity(
        unit or at.block, by=by or at.head, title=f"义剪{day}", starts_at=starts, ends_at=starts + timedelta(hours=3)
    )
    for account in people:
        actions.sign_up(activity, by=account, wants_certificate=wants)
    clock.move_to(activity.ends_at)
    came = [account.person_id for account in people]
    actions.hold_activity(activity, by=by or at.head, came=came, hours=dict.fromkeys(came, hours))
    return activity


def test_hours_are_summed_over_the_days_both_counted(at, who):
    for day in (2, 10, 20):
        serve(at, who, day=day, hours="1.5")
    made = actions.issue_certificate(who.person, by=who, starts_on=date(2021, 12, 2), ends_on=date(2021, 12, 10))
    assert (made.hours, made.activities, made.unit) == (Decimal("3.0"), 2, at.block)
    assert re.fullmatch(r"2021(-[2-9A-HJKMNP-Z]{4}){3}", made.number)


def test_the_same_days_and_hours_give_the_same_certificate(at, who):
    serve(at, who, day=2)
    clock.move_to(make.moment("2021-12-31 10:00"))
    first, again = (actions.issue_certificate(who.person, by=who, **DECEMBER) for _n in range(2))
    assert first.pk == again.pk
    serve(at, who, day=3)
    clock.move_to(make.moment("2021-12-31 10:00"))
    assert actions.issue_certificate(who.person, by=who, **DECEMBER).pk != first.pk


def test_who_did_not_ask_for_one_has_no_hours_kept_and_gets_none(at, who):
    serve(at, who, day=2, wants=False)
    assert SignUp.objects.get().hours is None
    clock.move_to(make.moment("2021-12-31 10:00"))
    with pytest.raises(Refused, match="需要服务证明"):
        actions.issue_certificate(who.person, by=who, **DECEMBER)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(("days", "field"), [
    ((date(2021, 12, 3), date(2021, 12, 2)), "ends_on"), ((date(2021, 12, 1), date(2021, 12, 3)), "ends_on"),
    ((date(2020, 1, 1), date(2020, 12, 31)), "starts_on"),
])  # fmt: skip
def test_days_that_cannot_be_are_refused(at, who, days, field):
    serve(at, who, day=2)
    with pytest.raises(Refused) as refused:
        actions.issue_certificate(who.person, by=who, starts_on=days[0], ends_on=days[1])
    assert refused.value.field == field


def test_it_is_issued_by_oneself_or_by_whoever_records_over_all_it_counts(at, who):
    serve(at, who, day=2)
    serve(at, who, day=3, unit=at.community, by=at.chief)
    clock.move_to(make.moment("2021-12-31 10:00"))
    neighbour = make.account("member", at.grid)
    for somebody in (neighbour, at.head):
        with pytest.raises(NotAllowed):
            actions.issue_certificate(who.person, by=somebody, **DECEMBER)
    assert actions.issue_certificate(who.person, by=at.chief, **DECEMBER).unit == at.community


def test_the_unit_is_the_nearest_above_all_of_it():
    assert common_path(["000100010001", "0001000100010002"]) == "000100010001"
    assert common_path(["0001000100010002", "0001000100010003"]) == "000100010001"
    assert common_path(["0001000100010002", "000100010002"]) == "00010001"
    assert common_path(["00010001", "00010002"]) == "0001"


@pytest.fixture
def certificate(at, who) -> Certificate:
    serve(at, who, day=2)
    clock.move_to(make.moment("2021-12-31 10:00"))
    made = actions.issue_certificate(who.person, by=who, **DECEMBER)
    return Certificate.objects.select_related("person", "unit").get(pk=made.pk)


def test_the_paper_is_one_page_with_a_code_and_is_kept_nowhere(certificate):
    address = "http://testserver/served/x/"
    paper = as_pdf(certificate, name=NAME, issuer="某街道某街区", address=address)
    [page] = printed.sheets(paper)
    assert f"{NAME}：您于2021年12月1日至2021年12月31日参加某街道某街区的志愿服务活动1次，记录服务时间2小时。" in page
    assert f"编号{certificate.number}" in page
    assert printed.codes(paper) == [[address]]
    assert {f.name for f in Certificate._meta.concrete_fields}.isdisjoint({"file", "content", "pdf"})


def test_a_name_that_looks_like_markup_is_a_name(certificate):
    paper = as_pdf(certificate, name='#panic("x") $1$ *b* <a>', issuer="#set page()", address="http://a/#b")
    said = printed.words(paper)
    assert '#panic("x")$1$*b*<a>：' in said
    assert "参加#setpage()的" in said


def test_one_s_own_paper_is_drawn_without_a_look_that_is_logged(client, certificate, who):
    client.force_login(who, backend=BACKEND)
    answer = client.post(reverse("certificate-pdf", args=[certificate.pk]))
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/pdf", "no-store")
    assert not Reveal.objects.exists()


def test_a_clerk_s_is_a_look_behind_the_mask(client, certificate, at, who):
    client.force_login(at.head, backend=BACKEND)
    assert client.post(reverse("certificate-pdf", args=[certificate.pk])).status_code == 200
    look = Reveal.objects.get()
    assert (look.person_id, look.field, look.by_id) == (who.person_id, "name", at.head.person_id)
    neighbour = make.account("member", at.grid)
    client.force_login(neighbour, backend=BACKEND)
    assert client.get(certificate.get_absolute_url()).status_code == 404


def test_anybody_can_check_it_and_reads_four_things(client, certificate, django_assert_max_num_queries):
    address = reverse("certificate-check", args=[certificate.number])
    with django_assert_max_num_queries(3):
        answer = client.get(address)
    text = answer.content.decode()
    for told in (certificate.number, "欧", "2小时", "2021-12-01"):
        assert told in text
    for kept in (NAME, "义剪", certificate.unit.name, str(certificate.person_id), "sessionid"):
        assert kept not in text
    assert answer["X-Robots-Tag"] == "noindex"
    assert client.get(address.lower()).status_code == 200
    assert client.get(reverse("certificate-check", args=["2021-AAAA-AAAA-AAAA"])).status_code == 404


def test_what_is_entered_of_it_names_nobody(certificate):
    entry = JournalEntry.objects.get(kind="outreach.certificate")
    assert (entry.verb, entry.label, entry.facts) == ("issue", certificate.number, {})
