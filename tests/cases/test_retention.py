"""Nothing is kept longer than it is said to be: who brought a case, what was said, the photos; at once where somebody asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, CaseMessage, CasePhoto, CaseRating, Complainant, ComplainantReveal
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, SYSTEM, NotAllowed, Overtaken
from jiequ.core.pictures import Picture
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def at() -> make.Street:
    return make.street()


def after(days: int) -> Any:
    return clock.stand_at(make.WEDNESDAY + timedelta(days=days))


def brought(at: make.Street, state: str = "replied") -> tuple[Case, Complainant, str]:
    """A case of somebody with a name and a number."""
    case, secret = make.case(at, state=state, name="王小明", phone="13800138000", email="wang@example.com")
    return case, case.complainants.get(), secret


def ended(at: make.Street) -> tuple[Case, Complainant]:
    """One with all that is ever said, which ended today."""
    case, complainant, _secret = brought(at, "working")
    actions.add_to_case(complainant, by=PUBLIC, text="四楼也不亮", photos=[Picture(b"\xff\xd8\xff\xd9", 1, 1)])
    actions.reveal_complainant(complainant, "phone", by=at.head, reason="电话核实地点")
    case = actions.contact_complainant(fresh(case), by=at.head, note="联系过了")
    case = actions.reply_case(fresh(case), by=at.head, text="灯换好了", outcome="solved")
    actions.rate_case(fresh(case), complainant, score="satisfied", words="很快", by=PUBLIC)
    return fresh(case), complainant


def test_who_brought_it_is_kept_a_year_after_its_end(at: make.Street) -> None:
    case, _complainant = ended(at)
    assert case.ended_at is not None
    _open, still, _secret = brought(at, "working")
    with after(364):
        assert actions.sweep_kept_cases() == 0
    with after(365):
        assert actions.sweep_kept_cases() == 1
        gone = Complainant.objects.get(case=case)
        assert (gone.name, gone.phone, gone.email, gone.phone_index) == ("", "", "", "")
        assert gone.is_anonymous and gone.token_index
        assert fresh(still).phone == "13800138000", "an open case keeps whoever asks for it"
        assert actions.sweep_kept_cases() == 0


def test_what_was_said_is_kept_three_years_and_figures_do_not_move(at: make.Street) -> None:
    case, _complainant = ended(at)
    facts = Case.objects.filter(pk=case.pk).values(
        "unit", "block", "filed_at", "closed_at", "solved_at", "score", "state"
    )
    before = facts.get()
    kept = settings.HOME / "files" / str(CasePhoto.objects.get().pk)
    with after(1094):
        actions.sweep_kept_cases()
        assert Case.objects.get().body and CaseMessage.objects.filter(text=b"").count() == 0
        assert kept.exists()
    with after(1095):
        actions.sweep_kept_cases()
        now = Case.objects.get()
        assert (now.body, now.place, now.search_text, now.title) == ("", "", "", "（已到期删除）")
        assert (now.longitude, now.latitude) == (None, None)
        assert {m.text for m in CaseMessage.objects.all()} == {""}
        assert {m.words for m in CaseMessage.objects.all()} == {"（已到期删除）"}
        assert {r.words for r in CaseRating.objects.all()} == {""}
        assert not CasePhoto.objects.exists()
        assert {r.reason for r in ComplainantReveal.objects.all()} == {""}
        assert facts.get() == before
        assert JournalEntry.objects.about(now).filter(verb="expire").count() == 1
        assert actions.sweep_kept_cases() == 0


@pytest.mark.django_db(transaction=True)
def test_a_photo_s_file_goes_with_it(at: make.Street) -> None:
    ended(at)
    kept = settings.HOME / "files" / str(CasePhoto.objects.get().pk)
    assert kept.exists()
    with after(1095):
        actions.sweep_kept_cases()
    assert not kept.exists()


def test_hundreds_cost_as_many_statements_as_a_few(at: make.Street) -> None:
    def statements(count: int) -> int:
        for _n in range(count):
            case, _complainant, _secret = brought(at)
            Case.objects.filter(pk=case.pk).update(ended_at=clock.now())
        with after(1095), CaptureQueriesContext(connection) as said:
            assert actions.sweep_kept_cases() >= 2 * count
        return len(said)

    assert statements(6) == statements(2)


def test_a_page_still_opens_when_all_its_words_have_gone(at: make.Street, client: Client) -> None:
    case, complainant = ended(at)
    secret = make.case(at)[1]
    assert secret
    with after(1095):
        actions.sweep_kept_cases()
        client.force_login(at.chief, backend="jiequ.people.accounts.AccountBackend")
        said = client.get(case.get_absolute_url()).content.decode()
    assert "（已到期删除）" in said
    assert "王" not in said and complainant.phone not in said


def test_a_complainant_has_it_deleted_after_a_page_that_asks(at: make.Street, client: Client) -> None:
    case, _complainant, secret = brought(at, "working")
    page = reverse("public-case", args=[secret])
    address = reverse("public-case-forget", args=[secret])
    assert address in client.get(page).content.decode()
    assert "不能恢复" in client.get(address).content.decode()
    assert Complainant.objects.get().phone == "13800138000"
    assert client.post(address)["Location"] == page
    assert (Complainant.objects.get().name, Complainant.objects.get().phone) == ("", "")
    assert address not in client.get(page).content.decode(), "and the link still opens it"
    assert "已经删除了" in client.post(address, follow=True).content.decode()
    assert client.get(address)["Location"] == page
    assert JournalEntry.objects.about(case).filter(verb="forget").count() == 1
    assert fresh(case).state == "working"


def test_the_office_deletes_for_whoever_comes_and_asks(at: make.Street, client: Client) -> None:
    case, complainant, _secret = brought(at, "working")
    with pytest.raises(NotAllowed):
        actions.forget_complainant(complainant, by=at.worker)
    client.force_login(at.chief, backend="jiequ.people.accounts.AccountBackend")
    address = reverse("complainant-forget", args=[case.pk, complainant.pk])
    assert address in client.get(case.get_absolute_url()).content.decode()
    assert "不能恢复" in client.get(address).content.decode()
    client.post(address)
    assert fresh(complainant).is_anonymous
    assert address not in client.get(case.get_absolute_url()).content.decode()
    with pytest.raises(Overtaken):
        actions.forget_complainant(complainant, by=SYSTEM)
    entry = JournalEntry.objects.about(case).get(verb="forget")
    assert "王" not in f"{entry.label}{entry.facts}" and "138" not in entry.label
