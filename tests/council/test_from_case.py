"""A request becomes a motion, a motion turns out to be a request: linked both ways, nothing typed twice."""

import pytest

from jiequ.cases import actions as cases
from jiequ.cases.models import Case, CaseMessage
from jiequ.core.permission import NotAllowed, Refused
from jiequ.council import actions
from jiequ.council.actions.from_cases import raise_as_motion, turn_into_case
from jiequ.council.models import Motion
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    room = make.room(3)
    grid = make.unit("red_grid", inside=room.block)
    building = make.unit("building", inside=grid)
    own = make.handler(room.block, "街区网格长", role="head")
    street = make.Street(
        building=building, grid=grid, block=room.block, community=make.above(building, 2), root=make.above(building, 1),
        office=room.head, chief=room.chief, head=room.head, member=room.head, worker=room.head,
        second_worker=room.head, own=own, department=own, category=make.category("lamps", group="设施维护"),
    )  # fmt: skip
    return room, street


def test_a_case_becomes_a_motion_with_its_words_and_its_people(place):
    room, street = place
    case, _secret = make.case(
        street,
        state="working",
        body="球场没灯，打我电话13800138000。",
        name="赵某某",
        phone="13800138000",
        place="球场",
    )
    due = case.due_at
    motion = raise_as_motion(case, by=room.head)
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.due_at, list(case.motions.all())) == ("raised", due, [motion])
    assert (motion.case, motion.source, motion.category, motion.place) == (case, "case", "facilities", "球场")
    assert "13800138000" not in motion.title + motion.body
    assert [p.person_id for p in motion.proposers.order_by("proposed_at", "pk")] == [room.head.person_id, None]
    assert motion.proposers.get(person=None).phone == "13800138000"
    assert Task.objects.open().about(case).filter(verb="cases.handle").count() == 1
    with pytest.raises(Refused):
        raise_as_motion(case, by=room.head)


def test_who_may_not_handle_or_collect_does_not_raise_it(place):
    room, street = place
    case, _ = make.case(street, state="working")
    with pytest.raises(NotAllowed):
        raise_as_motion(case, by=make.account("head", make.unit("block")))
    outsider = make.account(at=street.root)
    cases.join_handler(street.own, outsider.person, by=room.chief)
    with pytest.raises(NotAllowed):
        raise_as_motion(case, by=make.fresh(outsider))
    assert Motion.objects.count() == 0


def test_the_handler_hears_what_became_of_the_motion_and_answers(place):
    room, street = place
    case, _ = make.case(street, state="working")
    motion = raise_as_motion(case, by=room.head)
    actions.return_motion(motion, by=room.chief, reason="请写明位置。")
    note = CaseMessage.objects.get(case=case, kind="note")
    assert motion.number in note.text
    assert Notice.objects.filter(person=room.head.person, subject__contains="诉求转的议题").count() == 1
    case.refresh_from_db()
    cases.reply_case(case, by=room.head, text="理事会没有通过，已装临时灯。", outcome="answered")
    assert Case.objects.get(pk=case.pk).state == "replied"


def test_a_motion_that_is_a_request_becomes_a_case(place):
    room, street = place
    motion = make.motion(room)
    proposers = motion.proposers.count()
    case = turn_into_case(motion, by=room.chief, category=street.category)
    motion.refresh_from_db()
    assert (motion.state, motion.case, case.block) == ("referred", case, room.block)
    assert case.number in motion.referred_to
    assert case.complainants.count() == proposers
    with pytest.raises(NotAllowed):
        turn_into_case(make.motion(room), by=room.head, category=street.category)
    again = raise_as_motion(_accepted(case, room), by=room.head)
    with pytest.raises(Refused):
        turn_into_case(again, by=room.chief, category=street.category)


def _accepted(case, room):
    case = Case.objects.select_related("unit", "category").get(pk=case.pk)
    cases.accept_case(case, by=room.head)
    return case


def test_the_pages_link_both_ways_and_are_filled_in(place, client):
    room, street = place
    case, _ = make.case(street, state="working", place="球场")
    client.force_login(room.head)
    page = client.get(f"/cases/{case.pk}/motion/")
    assert page.status_code == 200
    form = page.context["form"]
    assert form.initial["title"] == case.title
    sent = client.post(f"/cases/{case.pk}/motion/", {**form.initial, "budget": ""})
    motion = Motion.objects.get()
    assert sent.headers["Location"] == motion.get_absolute_url()
    assert case.get_absolute_url() in client.get(motion.get_absolute_url()).content.decode()
    assert motion.get_absolute_url() in client.get(case.get_absolute_url()).content.decode()
    other = make.motion(room)
    client.force_login(room.chief)
    client.post(f"/motions/{other.pk}/case/", {"category": street.category.pk})
    other.refresh_from_db()
    assert other.case is not None
