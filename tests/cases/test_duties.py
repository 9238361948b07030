"""Who handles what: handlers, their people, the duty list, the rota, templates and categories."""

from datetime import date, timedelta

import pytest

from jiequ.cases import actions
from jiequ.cases.models import Case, CaseCategory, Duty, DutyLine, Handler, HandlerMember
from jiequ.cases.routing import handler_for, on_duty
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


def test_a_handler_is_set_up_named_once_and_its_phone_is_nobodys_own():
    at = make.street()
    made = actions.add_handler(at.root, by=at.office, name=" 城管 中队 ", level="department", phone="0755-12345678")
    assert (made.name, made.level, made.is_active) == ("城管 中队", "department", True)
    with pytest.raises(Refused, match="同名"):
        actions.add_handler(at.root, by=at.office, name="城管 中队", level="department")
    with pytest.raises(Refused, match="手机"):
        actions.edit_handler(made, by=at.office, phone="13800138000")
    with pytest.raises(Refused, match="职务"):
        actions.edit_handler(made, by=at.office, role="king")
    with pytest.raises(NotAllowed):
        actions.add_handler(at.root, by=at.head, name="别的", level="block")
    actions.edit_handler(made, by=at.office, name="城管队")
    assert Handler.objects.get(pk=made.pk).name == "城管队"
    assert JournalEntry.objects.about(made).count() == 2


def test_a_handler_with_open_cases_is_not_closed_and_says_how_many():
    at = make.street()
    case, _ = make.case(at, state="working", lead=at.department)
    actions.set_duty_line(at.root, at.category, at.department, by=at.office)
    with pytest.raises(Refused, match="主办1件"):
        actions.edit_handler(at.department, by=at.office, is_active=False)
    actions.reply_case(case, by=at.worker, text="修好了。")
    actions.edit_handler(at.department, by=at.office, is_active=False)
    assert not Handler.objects.get(pk=at.department.pk).is_active
    assert DutyLine.objects.get().ends_on == clock.today()


def test_a_member_needs_no_post_sees_what_the_handler_has_and_leaves_without_open_cases():
    at = make.street()
    new = make.account(at=at.root)
    member = actions.join_handler(at.department, new.person, by=at.office)
    case, _ = make.case(at, state="working", lead=at.department)
    assert list(Case.objects.visible_to(make.fresh(new))) == [case]
    with pytest.raises(Overtaken):
        actions.join_handler(at.department, new.person, by=at.office)
    actions.leave_handler(member, by=at.office)
    assert list(Case.objects.visible_to(make.fresh(new))) == []
    holding = HandlerMember.objects.get(person=at.worker.person)
    assert Case.objects.get(pk=case.pk).holder_id == at.worker.person_id
    with pytest.raises(Refused, match="1件"):
        actions.leave_handler(holding, by=at.office)
    with pytest.raises(Overtaken):
        actions.leave_handler(member, by=at.office)


def test_the_nearest_line_of_the_duty_list_counts_and_a_line_is_ended_never_edited():
    at = make.street()
    first = actions.set_duty_line(at.root, at.category, at.department, by=at.office)
    assert handler_for(at.grid, at.category, clock.today()) == at.department.pk
    near = actions.set_duty_line(at.block, at.category, at.own, by=at.chief)
    assert handler_for(at.grid, at.category, clock.today()) == at.own.pk
    other = make.handler(at.root, "别的队")
    again = actions.set_duty_line(at.root, at.category, other, by=at.office)
    first.refresh_from_db()
    assert (first.handler, first.ends_on, again.handler) == (at.department, clock.today(), other)
    assert actions.set_duty_line(at.root, at.category, other, by=at.office) == again
    actions.end_duty_line(near, by=at.chief)
    assert handler_for(at.grid, at.category, clock.today()) == other.pk
    with pytest.raises(Overtaken):
        actions.end_duty_line(near, by=at.chief)
    with pytest.raises(Refused):
        actions.set_duty_line(at.root, at.category, at.own, by=at.office)  # a block's handler for the whole street
    with pytest.raises(NotAllowed):
        actions.set_duty_line(at.root, at.category, at.department, by=at.chief)
    referred = make.category("letters", channel="信访窗口")
    with pytest.raises(Refused, match="转介"):
        actions.set_duty_line(at.root, referred, at.department, by=at.office)


def test_the_rota_says_who_holds_new_cases_and_the_stand_in_while_away():
    at = make.street()
    today = clock.today()
    assert on_duty(at.department, today) == at.worker.person_id  # its first member, without a rota
    duty = actions.set_rota(
        at.department, at.second_worker.person, starts_on=today, by=at.office, stand_in=at.worker.person
    )
    assert on_duty(at.department, today) == at.second_worker.person_id
    case, _ = make.case(at, state="dispatched", lead=at.department)
    assert Case.objects.get(pk=case.pk).holder_id == at.second_worker.person_id
    assert actions.mark_away(duty, True, by=make.fresh(at.second_worker)) == 1
    assert on_duty(at.department, today) == at.worker.person_id
    with pytest.raises(Overtaken):
        actions.mark_away(duty, True, by=at.office)
    with pytest.raises(NotAllowed):
        actions.mark_away(duty, False, by=at.member)
    actions.mark_away(duty, False, by=at.office)
    assert on_duty(at.department, today) == at.second_worker.person_id
    assert on_duty(at.department, today, besides={at.second_worker.person_id}) == at.worker.person_id


def test_duties_do_not_run_into_each_other():
    at = make.street()
    today = clock.today()
    one, two = at.worker.person, at.second_worker.person
    actions.set_rota(at.department, one, starts_on=today, by=at.office)
    second = actions.set_rota(at.department, two, starts_on=today + timedelta(7), by=at.office)
    assert [d.ends_on for d in Duty.objects.order_by("pk")] == [today + timedelta(7), None]
    for wrong in (
        {"person": one, "starts_on": today + timedelta(3)},  # runs into the second
        {"person": one, "starts_on": today - timedelta(1)},
        {"person": one, "starts_on": today + timedelta(20), "ends_on": today + timedelta(20)},
        {"person": one, "starts_on": today + timedelta(20), "stand_in": one},
        {"person": at.head.person, "starts_on": today + timedelta(20)},  # does not work for it
    ):
        with pytest.raises(Refused):
            actions.set_rota(at.department, by=at.office, **wrong)
    actions.end_duty(second, by=at.office)
    third = actions.set_rota(at.department, one, starts_on=today + timedelta(7), by=at.office)
    assert on_duty(at.department, today + timedelta(8)) == third.person_id
    with pytest.raises(Overtaken):
        actions.end_duty(second, by=at.office)


def test_open_cases_are_passed_on_with_their_tasks_when_somebody_says_so():
    at = make.street()
    case, _ = make.case(at, state="working", lead=at.department)
    against, _ = make.case(
        at, state="working", lead=at.department, complained_of=at.second_worker.person
    )  # never to whom it complains of
    assert Case.objects.get(pk=case.pk).holder_id == at.worker.person_id
    passed = actions.pass_cases_on(at.department, holder=at.worker.person, to=at.second_worker.person, by=at.office)
    assert passed == 1
    assert Case.objects.get(pk=case.pk).holder_id == at.second_worker.person_id
    assert Case.objects.get(pk=against.pk).holder_id == at.worker.person_id
    assert Task.objects.open().about(case).get().holder_id == at.second_worker.person_id
    assert JournalEntry.objects.about(case).filter(verb="pass_on").count() == 1
    with pytest.raises(Refused):
        actions.pass_cases_on(at.department, holder=at.worker.person, to=at.head.person, by=at.office)


def test_templates_hold_no_numbers_of_people():
    at = make.street()
    made = actions.add_template(at.community, by=at.chief, name="已修好", text="已修好，谢谢您告诉我们。")
    with pytest.raises(Refused, match="手机"):
        actions.edit_template(made, by=at.chief, name="已修好", text="请打13800138000")
    actions.edit_template(made, by=at.chief, name="修好", text="修好了。", is_active=False)
    made.refresh_from_db()
    assert (made.name, made.is_active) == ("修好", False)
    with pytest.raises(NotAllowed):
        actions.add_template(at.root, by=at.chief, name="x", text="y")


def test_the_shipped_categories_are_entered_once():
    make.unit("block")
    seeded = actions.seed_categories(by=SYSTEM)
    codes = [c.code for c in seeded]
    assert len(codes) == len(set(codes)) == 21
    assert {c.code for c in seeded if c.channel} == {"petition", "court-matter", "labour-dispute", "police-matter"}
    assert {c.code for c in seeded if c.is_urgent} == {"fire-passage", "electric-fire-risk", "police-matter"}
    assert len([c for c in seeded if c.attributes]) == 2
    assert [c.pk for c in actions.seed_categories(by=SYSTEM)] == [c.pk for c in seeded]


def test_a_category_keeps_its_code_and_the_last_one_stays():
    at = make.street()
    made = actions.add_category(by=at.office, code="Trees", name="绿化", keywords="树、草")
    assert made.code == "trees"
    for wrong in ({"code": "trees", "name": "树"}, {"code": "树木", "name": "树"}, {"code": "tree", "name": "绿化"}):
        with pytest.raises(Refused):
            actions.add_category(by=at.office, **wrong)
    actions.edit_category(at.category, by=at.office, is_active=False)
    with pytest.raises(Refused, match="至少"):
        actions.edit_category(made, by=at.office, is_active=False)
    assert CaseCategory.objects.get(pk=made.pk).is_active
    with pytest.raises(NotAllowed):
        actions.add_category(by=at.chief, code="x", name="x")


def test_a_rota_begins_on_a_day_and_ends_on_the_first_day_without():
    at = make.street()
    today = clock.today()
    actions.set_rota(
        at.department, at.second_worker.person, starts_on=today, ends_on=today + timedelta(2), by=at.office
    )
    held = [on_duty(at.department, day) for day in (today, today + timedelta(1), today + timedelta(2))]
    assert held == [at.second_worker.person_id] * 2 + [at.worker.person_id]
    assert on_duty(at.department, date(2020, 1, 1)) is None
