"""The settings of a unit: each row is set, changed and ended by a form that keeps what was typed, and nobody is listed who
is not near."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.actions.photos import keep_photos
from jiequ.cases.models import (
    AnswerTemplate,
    Case,
    CaseCategory,
    CaseLimit,
    CasePhoto,
    Duty,
    DutyLine,
    Handler,
    HandlerMember,
)
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.core.pictures import Picture
from tests import make

pytestmark = pytest.mark.django_db
TABS = ("handlers", "lines", "limits", "categories", "templates")


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def office(client: Any, at: make.Street) -> Any:
    client.force_login(at.office)
    return client


def new(client: Any, unit: Any, what: str, **typed: Any) -> Any:
    return client.post(reverse("case-setting", args=[unit.code, what]), typed)


def change(client: Any, what: str, thing: Any, **typed: Any) -> Any:
    return client.post(reverse("case-setting-of", args=[what, thing.pk]), typed)


def settings(client: Any, unit: Any, tab: str = "handlers") -> str:
    return client.get(reverse("case-settings", args=[unit.code]), {"tab": tab}).content.decode()


def test_new_rows_are_set_by_a_form_each(office, at):
    sent = new(office, at.root, "handler", name="城管中队", level="department", role="", phone="")
    assert (sent.status_code, sent.url) == (302, reverse("case-settings", args=[at.root.code]) + "?tab=handlers")
    squad = Handler.objects.get(name="城管中队")
    new(office, at.root, "line", category=at.category.pk, handler=squad.pk)
    new(office, at.root, "template", name="已修好", text="修好了。")
    new(office, at.root, "category", code="trees", name="绿化", kind="help")
    form = office.get(reverse("case-setting", args=[at.root.code, "limit"])).context["form"]
    terms = {name: form[name].initial for name in CaseLimit.TERMS}
    new(office, at.root, "limit", **{**terms, "effective_on": str(clock.today()), "workdays": 4})
    assert actions.limit_for(at.root, at.category, "help", clock.today()).workdays == 4
    shown = "".join(settings(office, at.root, tab) for tab in TABS)
    for words in ("城管中队", "绿化", "已修好", "4个工作日"):
        assert words in shown
    assert "沿用" in settings(office, at.community, "lines")


def test_a_handler_is_edited_closed_and_opened_again(office, at):
    handler = make.handler(at.root, "城管中队")
    form = office.get(reverse("case-setting-of", args=["edit-handler", handler.pk])).context["form"]
    assert form["name"].value() == "城管中队"
    taken = change(office, "edit-handler", handler, name="市政养护班", level="department", phone="0755-1", role="")
    assert "同名" in taken.content.decode()
    assert "0755-1" in taken.content.decode()
    change(office, "edit-handler", handler, name="城管二队", level="department", phone="", role="")
    assert (
        "停用后不再分到诉求"
        in office.get(reverse("case-setting-of", args=["close-handler", handler.pk])).content.decode()
    )
    change(office, "close-handler", handler)
    handler.refresh_from_db()
    assert (handler.name, handler.is_active) == ("城管二队", False)
    assert "已停用" in settings(office, at.root)
    change(office, "reopen-handler", handler)
    assert Handler.objects.get(pk=handler.pk).is_active


def test_a_handler_with_open_cases_stays_and_the_page_says_why(office, at):
    make.case(at, state="working", lead=at.department)
    assert "主办1件" in change(office, "close-handler", at.department).content.decode()
    assert Handler.objects.get(pk=at.department.pk).is_active
    member = HandlerMember.objects.get(person=at.worker.person)
    assert "1件没有办完" in change(office, "leave", member).content.decode()
    assert HandlerMember.objects.get(pk=member.pk).ends_on is None


def test_asking_about_an_end_changes_nothing_and_saying_yes_twice_is_told(office, at):
    member = HandlerMember.objects.get(person=at.second_worker.person)
    address = reverse("case-setting-of", args=["leave", member.pk])
    assert at.second_worker.person.label in office.get(address).content.decode()
    assert HandlerMember.objects.get(pk=member.pk).ends_on is None
    assert office.post(address).status_code == 302
    assert HandlerMember.objects.get(pk=member.pk).ends_on == clock.today()
    assert "已经退出" in office.post(address).content.decode()


def test_who_is_listed_holds_a_post_near_and_others_are_found_by_an_exact_word(client, at):
    stranger = make.account(at=at.root, name="欧阳远")
    client.force_login(at.head)
    address = reverse("case-setting-of", args=["member", at.own.pk])
    form = client.get(address).context["form"]
    listed = {str(key) for key, _label in form.fields["person"].choices if key}
    assert listed == {str(who.person_id) for who in (at.head, at.member)}
    assert "请选一个人" in client.post(address, {}).content.decode()
    assert not client.post(address, {"person": stranger.person_id}).context["form"].is_valid()  # not by its key alone
    missed = client.post(address, {"find": stranger.username[:-1]}).content.decode()
    assert "没有找到" in missed
    masked = client.post(address, {"find": stranger.person.label})
    assert str(stranger.person_id) in {str(k) for k, _l in masked.context["form"].fields["person"].choices}
    assert not HandlerMember.objects.filter(handler=at.own).exists()
    assert client.post(address, {"find": stranger.person.label, "person": stranger.person_id}).status_code == 302
    assert HandlerMember.objects.get(handler=at.own).person == stranger.person


def test_an_exact_user_name_is_enough(client, at):
    stranger = make.account(at=at.root)
    client.force_login(at.head)
    assert change(client, "member", at.own, find=f" {stranger.username.upper()} ").status_code == 302
    assert HandlerMember.objects.get(handler=at.own).person == stranger.person
    again = change(client, "member", at.own, find=stranger.username).content.decode()
    assert "已经在" in again


def test_the_rota_takes_the_handlers_own_people_and_keeps_what_was_typed(office, at):
    listed = office.get(reverse("case-setting-of", args=["rota", at.department.pk])).context["form"].fields["person"]
    assert {k for k, _l in listed.choices if k} == {at.worker.person_id, at.second_worker.person_id}
    past = change(office, "rota", at.department, person=at.worker.person_id, starts_on="2020-01-01")
    assert "从今天或以后" in past.content.decode()
    assert "2020-01-01" in past.content.decode()
    typed = {"person": at.worker.person_id, "stand_in": at.second_worker.person_id, "starts_on": str(clock.today())}
    assert change(office, "rota", at.department, **typed).status_code == 302
    duty = Duty.objects.get()
    assert "请假" in settings(office, at.root)
    change(office, "away", duty)
    assert Duty.objects.get().is_away
    assert "回岗" in settings(office, at.root)
    change(office, "back", duty)
    assert not Duty.objects.get().is_away
    change(office, "end-duty", duty)
    assert Duty.objects.get().ends_on == clock.today()
    assert "没有排班" in settings(office, at.root)


def test_open_cases_are_passed_on_and_the_page_says_how_many(office, at):
    case, _secret = make.case(at, state="working", lead=at.department)
    address = reverse("case-setting-of", args=["pass-on", at.department.pk])
    holders = office.get(address).context["form"].fields["holder"].choices
    assert [(key, "1件" in str(label)) for key, label in holders if key] == [(at.worker.person_id, True)]
    same = office.post(address, {"holder": at.worker.person_id, "to": at.worker.person_id})
    assert "另一个人" in same.content.decode()
    done = office.post(address, {"holder": at.worker.person_id, "to": at.second_worker.person_id}, follow=True)
    assert "已交接1件" in done.content.decode()
    assert Case.objects.get(pk=case.pk).holder_id == at.second_worker.person_id


def test_a_line_of_the_duty_list_is_ended_by_whoever_sets_duties_where_it_lies(client, at):
    line = actions.set_duty_line(at.root, at.category, at.department, by=at.office)
    client.force_login(at.head)
    assert reverse("case-setting-of", args=["end-line", line.pk]) not in settings(client, at.block, "lines")
    assert change(client, "end-line", line).status_code == 404
    client.force_login(at.office)
    assert reverse("case-setting-of", args=["end-line", line.pk]) in settings(client, at.block, "lines")
    address = reverse("case-setting-of", args=["end-line", line.pk]) + f"?of={at.block.code}"
    assert client.post(address).url == reverse("case-settings", args=[at.block.code]) + "?tab=lines"
    assert DutyLine.objects.get().ends_on == clock.today()


def test_templates_and_categories_are_edited_and_put_away(office, at):
    template = actions.add_template(at.root, by=at.office, name="已修好", text="修好了。")
    change(office, "edit-template", template, name="修好了", text="已经修好。", category="")
    kept = AnswerTemplate.objects.get()
    assert (kept.name, kept.text, kept.is_active) == ("修好了", "已经修好。", False)
    assert "已停用" in settings(office, at.root, "templates")
    make.case(at)
    address = reverse("case-setting-of", args=["edit-category", at.category.pk])
    assert "1件在办" in office.get(address).content.decode()
    typed = {"name": "楼道灯", "kind": "help", "order": 5}
    refused = office.post(address, typed).content.decode()
    assert "至少要留一个" in refused
    assert "楼道灯" in refused
    make.category()
    assert office.post(address, typed).status_code == 302
    changed = CaseCategory.objects.get(pk=at.category.pk)
    assert (changed.name, changed.is_active, changed.code) == ("楼道灯", False, at.category.code)


def test_an_empty_list_of_categories_is_filled_at_a_button(office, at):
    CaseCategory.objects.all().delete()
    button = reverse("case-setting", args=[at.root.code, "seed"])
    assert button in settings(office, at.root, "categories")
    assert office.get(button).status_code == 200
    assert not CaseCategory.objects.exists()
    assert office.post(button).status_code == 302
    many = CaseCategory.objects.count()
    assert many > 5
    office.post(button)
    assert CaseCategory.objects.count() == many
    assert button not in settings(office, at.root, "categories")


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_takes_ten_statements_with_one_row_and_with_four(office, at, tab):
    def fill(n: int) -> None:
        handler = make.handler(at.root, f"队{n}", members=(make.account(at=at.root),))
        person = handler.members.get().person
        actions.set_rota(handler, person, starts_on=clock.today(), by=at.office)
        kind = make.category(name=f"类{n}")
        actions.set_duty_line(at.root, kind, handler, by=at.office)
        actions.set_limit(at.root, by=at.office, effective_on=clock.today(), category=kind)
        actions.add_template(at.root, by=at.office, name=f"模板{n}", text="好。", category=kind)

    fill(0)
    settings(office, at.root, tab)
    with CaptureQueriesContext(connection) as few:
        settings(office, at.root, tab)
    for n in (1, 2, 3):
        fill(n)
    with CaptureQueriesContext(connection) as many:
        settings(office, at.root, tab)
    assert len(many) == len(few) <= 10


def test_the_list_of_cases_leads_to_the_settings_and_the_codes_of_ones_own_unit(client, at):
    client.force_login(at.head)
    own = client.get("/cases/").content.decode()
    assert reverse("case-settings", args=[at.block.code]) in own
    assert reverse("scan-points", args=[at.block.code]) in own
    client.force_login(at.office)
    narrowed = client.get(f"/cases/?unit={at.community.code}").content.decode()
    assert reverse("case-settings", args=[at.community.code]) in narrowed
    client.force_login(at.member)
    assert "/case-settings/" not in client.get("/cases/").content.decode()


def test_a_photo_is_taken_away_from_the_page_of_its_case(client, at):
    case, _secret = make.case(at, state="working")
    (photo,) = keep_photos(case, [Picture(b"\xff\xd8\xff\xd9", 1, 1)], by=PUBLIC)
    address = reverse("case-photo-remove", args=[photo.pk])
    client.force_login(at.head)
    assert f'action="{address}"' in client.get(case.get_absolute_url()).content.decode()
    client.force_login(at.office)
    may = at.office.may("cases.handle_case", case.unit)
    assert (address in client.get(case.get_absolute_url()).content.decode()) is may
    client.force_login(at.head)
    assert client.post(address).status_code == 302
    assert not CasePhoto.objects.exists()
