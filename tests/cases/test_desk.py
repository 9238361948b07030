"""The desk: each step from its page, several at once, filing for somebody, a number against a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import AnswerTemplate, Case, Complainant, ComplainantReveal, DutyLine, SpotFix
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.work.models import Task
from jiequ.work.workflow import Work
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    made = make.street()
    DutyLine.objects.create(
        unit=made.root, category=made.category, handler=made.department, starts_on=make.WEDNESDAY.date()
    )
    return made


def sign(client, who) -> None:
    client.force_login(who, backend=BACKEND)


def step(client, who, case, move, **data):
    sign(client, who)
    return client.post(reverse("case-move", args=[case.pk, move]), data)


def state(case) -> str:
    return Case.objects.get(pk=case.pk).state


def test_the_head_takes_in_and_gives_out_in_three_taps(client, at):
    case, _secret = make.case(at)
    task = Task.objects.open().about(case).get()
    sign(client, at.head)
    home = client.get("/").content.decode()
    address = Work.of(task.verb).address(task)
    assert address in home  # the first tap
    text = client.get(address).content.decode()
    assert "市政养护班" in text and "checked" in text  # whom the duty list proposes is chosen already
    answer = client.post(address, {"lead": at.department.pk, "note": ""})  # the second
    assert answer.url == case.get_absolute_url()
    assert (state(case), Case.objects.get(pk=case.pk).lead) == ("dispatched", at.department)


def test_the_case_s_own_page_does_it_with_one_button(client, at):
    case, _secret = make.case(at)
    sign(client, at.head)
    text = client.get(case.get_absolute_url()).content.decode()
    assert "受理并分拨给市政养护班" in text and text.count("btn-primary") == 1
    step(client, at.head, case, "accept", lead=at.department.pk)
    assert state(case) == "dispatched"


def test_a_handler_answers_and_closes_in_three_taps_and_one_line(client, at):
    case, _secret = make.case(at, state="working", lead=at.department)
    sign(client, at.worker)
    assert case.get_absolute_url() in client.get("/").content.decode()  # the first tap
    address = reverse("case-move", args=[case.pk, "reply"])
    text = client.get(case.get_absolute_url()).content.decode()
    assert address in text and text.count("btn-primary") == 1  # the second
    client.post(address, {"outcome": "solved", "text": "灯换好了。"})  # the line, and the third
    assert state(case) == "replied"


def test_each_step_has_its_page_and_its_button(client, at):
    """A whole life by the pages alone, every one drawn first."""
    case, _secret = make.case(at, phone="13800138000")
    life = [
        (at.head, "classify", {"title": "楼道灯", "category": at.category.pk, "kind": "help"}, "submitted"),
        (at.head, "place", {"unit": at.building.code}, "submitted"),
        (at.head, "accept", {"lead": ""}, "accepted"),
        (at.head, "dispatch", {"lead": at.department.pk, "helpers": [at.own.pk]}, "dispatched"),
        (at.worker, "object", {"reason": "归物业。"}, "objected"),
        (at.chief, "reassign", {"lead": at.own.pk, "ruling": "街区办。"}, "dispatched"),
        (at.head, "acknowledge", {}, "working"),
        (at.head, "contact", {"note": "说好明天去。"}, "working"),
        (at.head, "tell", {"text": "明天上午去。"}, "working"),
        (at.head, "note", {"text": "带梯子。"}, "working"),
        (at.head, "redispatch", {"lead": at.department.pk, "note": "要登高。"}, "dispatched"),
        (at.worker, "acknowledge", {}, "working"),
        (at.worker, "ask_time", {"kind": "pause", "until": "2021-12-10", "reason": "等配件"}, "working"),
        (at.chief, "decide_time", {"granted": "1", "says": "同意"}, "working"),
        (at.worker, "resume", {}, "working"),
        (at.worker, "reply", {"outcome": "solved", "text": "换好了。"}, "replied"),
        (at.chief, "call_back", {"complainant": "", "reached": "", "words": "没接"}, "replied"),
    ]
    complainant = case.complainants.get()
    for who, move, data, after in life:
        sign(client, who)
        address = reverse("case-move", args=[case.pk, move])
        query = f"?block={at.block.code}" if move == "place" else ""
        drawn = client.get(address + query)
        assert drawn.status_code == 200, move
        if "complainant" in data:
            data["complainant"] = complainant.pk
        hidden = drawn.context["form"].hidden_fields() if drawn.context["form"] else []
        answer = client.post(address + query, {**data, **{field.name: field.value() for field in hidden}})
        said = answer.context["form"].errors if answer.context and answer.context.get("form") else ""
        assert (answer.status_code, state(case)) == (302, after), f"{move}: {said}"
    sign(client, at.chief)
    answer = step(client, at.chief, case, "call_back", complainant=complainant.pk, reached="1", score="satisfied")
    assert (answer.status_code, state(case)) == (302, "archived")


def test_the_whistle_climbs_by_the_pages(client, at):
    case, _secret = make.case(at, state="working")
    step(client, at.head, case, "escalate", call="请协调。")
    assert state(case) == "escalated"
    sign(client, at.chief)
    assert "请协调。" in client.get(reverse("case-move", args=[case.pk, "answer_whistle"])).content.decode()
    step(client, at.chief, case, "answer_whistle", answer="已经打过招呼。", take_over="")
    assert state(case) == "working"


def test_other_ways_out_end_it(client, at):
    twin, _secret = make.case(at)
    for move, data, after in (
        ("decline", {"reason": "是商业纠纷。", "channel": "法院"}, "declined"),
        ("refer", {"channel": "区信访局"}, "referred"),
        ("merge", {"into": twin.pk}, "merged"),
        ("fix_on_spot", {"what": "拧紧了灯泡"}, "replied"),
    ):
        case, _secret = make.case(at)
        sign(client, at.head)
        assert client.get(reverse("case-move", args=[case.pk, move])).status_code == 200
        assert step(client, at.head, case, move, **data).status_code == 302, move
        assert state(case) == after


def test_what_is_refused_keeps_what_was_typed(client, at):
    case, _secret = make.case(at, state="working")
    answer = step(client, at.head, case, "escalate", call="")
    assert answer.status_code == 422 and state(case) == "working"
    other, _secret = make.case(at)
    answer = step(client, at.head, other, "merge", number="2021-0101-99", reason="同一处")
    assert answer.status_code == 422 and "同一处" in answer.content.decode()


def test_a_step_that_is_over_leads_back_to_the_case(client, at):
    case, _secret = make.case(at, state="working")
    sign(client, at.head)
    answer = client.get(reverse("case-move", args=[case.pk, "accept"]), follow=True)
    assert "不用再“受理”" in answer.content.decode()
    assert step(client, at.head, case, "accept", lead="").status_code == 422
    assert client.get(reverse("case-move", args=[case.pk, "explode"])).status_code == 404


def test_a_template_fills_the_answer(client, at):
    template = AnswerTemplate.objects.create(unit=at.root, name="已修", text="已经修好，请查看。")
    AnswerTemplate.objects.create(unit=make.unit("block"), name="别处的", text="别处的话")
    case, _secret = make.case(at, state="working")
    sign(client, at.head)
    text = client.get(reverse("case-move", args=[case.pk, "reply"]) + f"?template={template.pk}").content.decode()
    assert "已经修好，请查看。</textarea>" in text and "别处的" not in text


def test_several_at_once_say_which_were_done_and_which_not(client, at):
    one, _secret = make.case(at)
    two, _secret = make.case(at, category=make.category())  # nobody is proposed for it
    three, _secret = make.case(at, state="working")
    foreign, _secret = make.case(at, unit=make.unit("block"))
    sign(client, at.head)
    picks = [c.pk for c in (one, two, three, foreign)]
    text = client.post(reverse("case-bulk"), {"do": "accept", "pick": picks}).content.decode()
    assert "办了1件" in text and "2件没有办" in text
    assert [state(c) for c in (one, two, three, foreign)] == ["dispatched", "submitted", "working", "submitted"]
    text = client.post(
        reverse("case-bulk"), {"do": "dispatch", "pick": [two.pk, three.pk], "lead": at.own.pk}
    ).content.decode()
    assert "办了1件" in text and state(two) == "dispatched"
    text = client.post(reverse("case-bulk"), {"do": "remind", "pick": [one.pk, one.pk]}).content.decode()
    assert "办了1件" in text
    for wrong in ({}, {"do": "accept"}, {"do": "x", "pick": ["1"]}, {"do": "dispatch", "pick": [one.pk], "lead": "x"}):
        assert client.post(reverse("case-bulk"), wrong).status_code == 302


def test_a_number_is_shown_once_against_a_reason(client, at):
    case, _secret = make.case(at, name="王小明", phone="13800138000")
    address = reverse("complainant-reveal", args=[case.pk, case.complainants.get().pk])
    sign(client, at.head)
    assert client.post(address, {"field": "phone", "reason": "看"}).status_code == 422
    answer = client.post(address, {"field": "phone", "reason": "电话核实地点"})
    assert "tel:13800138000" in answer.content.decode() and "no-store" in answer["Cache-Control"]
    seen = ComplainantReveal.objects.get()
    assert (seen.field, seen.reason, seen.by_id) == ("phone", "电话核实地点", at.head.person_id)
    entry = JournalEntry.objects.get(verb="reveal")
    assert "电话核实" not in str(entry.facts) and "13800138" not in str(entry.facts)
    assert "13800138000" not in client.get(case.get_absolute_url()).content.decode()
    sign(client, make.account("councillor", at.block))
    assert client.post(address, {"field": "phone", "reason": "电话核实地点"}).status_code == 404


def test_a_clerk_files_for_somebody_once(client, at):
    sign(client, at.head)
    data = {
        "body": "六楼漏水，请来看看。", "unit": at.block.code, "category": at.category.pk, "kind": "", "source": "phone",
        "name": "赵六", "phone": "13900001111", "once": "k1",
    }  # fmt: skip
    answer = client.post(reverse("case-new"), data)
    case = Case.objects.get()
    assert answer.status_code == 200 and case.number in answer.content.decode() and "/c/" in answer.content.decode()
    assert (case.source, case.filed_by_id, Complainant.objects.get().phone) == (
        "phone", at.head.person_id, "13900001111",
    )  # fmt: skip
    assert client.post(reverse("case-new"), {**data, "anyway": "1"}).status_code == 200
    assert Case.objects.count() == 1  # the same sending again


def test_a_similar_case_is_shown_before_and_can_be_joined(client, at):
    there, _secret = make.case(at, unit=at.block)
    sign(client, at.head)
    data = {"body": "我家也漏。", "unit": at.block.code, "category": at.category.pk, "source": "visit", "once": "k2"}
    text = client.post(reverse("case-new"), data).content.decode()
    assert "相似的诉求还在办" in text and "我家也漏。" in text and Case.objects.count() == 1
    client.post(reverse("case-new"), {**data, "join": there.pk})
    assert (Case.objects.count(), there.complainants.count()) == (1, 2)


def test_done_on_the_spot_in_the_same_form_and_in_one_line(client, at):
    sign(client, at.head)
    data = {
        "body": "灯泡松了。", "unit": at.block.code, "category": at.category.pk, "source": "office", "once": "k3",
        "on_the_spot": "拧紧了",
    }  # fmt: skip
    client.post(reverse("case-new"), data)
    assert (Case.objects.get().was_on_the_spot, SpotFix.objects.count()) == (True, 1)
    client.post(reverse("spot-fix-note"), {"what": "扶正了垃圾桶", "category": at.category.pk, "unit": at.block.code})
    assert SpotFix.objects.filter(case=None).get().what == "扶正了垃圾桶"
    answer = client.post(
        reverse("spot-fix-note"), {"what": "打了13800138000", "category": at.category.pk, "unit": at.block.code}
    )
    assert answer.status_code == 422


def test_whom_it_complains_of_is_chosen_and_kept_away(client, at):
    sign(client, at.chief)
    data = {
        "body": "网格长态度不好。", "unit": at.block.code, "category": at.category.pk, "source": "phone", "once": "k4",
        "against": f"p{at.head.person_id}",
    }  # fmt: skip
    client.post(reverse("case-new"), data)
    case = Case.objects.get()
    assert case.complained_of_id == at.head.person_id
    sign(client, at.head)
    assert client.get(case.get_absolute_url()).status_code == 404


def test_overdue_work_is_pressed_from_the_page(client, at):
    case, _secret = make.case(at, state="dispatched", lead=at.department)
    clock.move_to(make.WEDNESDAY + timedelta(days=3))
    sign(client, at.head)
    assert 'value="remind"' in client.get(case.get_absolute_url()).content.decode()
    actions.acknowledge_case(case, by=at.worker)


def test_one_cause_and_whom_it_complains_of_have_their_pages(client, at):
    case, _secret = make.case(at)
    twin, _secret = make.case(at)
    assert step(client, at.head, case, "adopt", number=twin.number).status_code == 302
    text = client.get(case.get_absolute_url()).content.decode()
    assert "同一起因" in text and twin.get_absolute_url() in text
    assert step(client, at.head, case, "release").status_code == 302
    assert Case.objects.get(pk=case.pk).parent_id is None
    sign(client, at.chief)
    answer = client.post(reverse("case-bulk"), {"do": "adopt", "pick": [case.pk, twin.pk]})
    assert "办了2件" in answer.content.decode()
    assert Case.objects.exclude(parent=None).count() == 1
    address = reverse("case-move", args=[case.pk, "name_complained"])
    assert client.get(address).status_code == 200
    assert client.post(address, {"who": f"p{at.head.person_id}", "lead": ""}).status_code == 302
    sign(client, at.head)
    assert client.get(case.get_absolute_url()).status_code == 404


def test_a_number_means_the_own_block_s_and_another_block_s_where_its_name_is_written(client, at):
    other = make.unit("block", inside=at.community)
    first, _secret = make.case(at)
    third, _secret = make.case(at)
    theirs, _secret = make.case(at, unit=other)
    assert theirs.number == first.number == "2021-1201-01"

    def merged(written: str) -> Case:
        case, _secret = make.case(at)
        answer = step(client, at.chief, case, "merge", number=written, reason="同一处")
        assert answer.status_code == 302, answer.context["form"].errors
        return Case.objects.get(pk=case.pk).merged_into

    assert merged("2021-1201-01") == merged("1201-01") == merged(f"{at.block.name} 1201-01") == first
    assert merged(f"2021-1201-01 {other.name}") == merged(f"１２０１－０１（{other.name}）") == theirs
    assert merged(f"2021-1201-01 {other.code}") == theirs
    assert step(client, at.chief, third, "adopt", number=first.number).status_code == 302
    assert Case.objects.get(pk=third.pk).parent == first


def unclear(client, at, case, written: str, move: str = "merge") -> str:
    """What is said of a number that does not come down to one case; nothing is done."""
    answer = step(client, at.chief, case, move, number=written, reason="同一处")
    case.refresh_from_db()
    assert (answer.status_code, case.merged_into, case.parent) == (422, None, None)
    return " ".join(answer.context["form"].errors["number"])


def test_a_number_that_several_blocks_have_is_refused_with_what_to_write_for_each(client, at):
    make.case(at, unit=make.unit("block", inside=at.community))
    case, _secret = make.case(at)
    case, _secret = make.case(at)
    blocks = [make.unit("block", inside=at.community) for _n in range(2)]
    theirs = [make.case(at, unit=block)[0] for block in blocks for _n in range(3)]
    choices = [f"2021-1201-03 {block.name}" for block in blocks]
    for move in ("merge", "adopt"):
        text = unclear(client, at, case, "1201-03", move)
        assert text == f"各街区会有相同的编号，请连街区名一起写：{choices[1]}、{choices[0]}。"
    assert all(choice in unclear(client, at, case, "1201-03 没有的街区") for choice in choices)
    for block in blocks:
        block.name = "南门街区"
        block.save()
    assert all(f"2021-1201-03 {block.code}" in unclear(client, at, case, "1201-03 南门街区") for block in blocks)
    actions.decline_case(theirs[2], by=at.chief, reason="不归这里")
    assert step(client, at.chief, case, "merge", number="1201-03").status_code == 302  # one of them is open
    assert Case.objects.get(pk=case.pk).merged_into == theirs[5]


def test_another_block_s_case_is_never_taken_for_one_that_has_ended_here(client, at):
    first, _secret = make.case(at)
    case, _secret = make.case(at)
    other = make.unit("block", inside=at.community)
    theirs = [make.case(at, unit=other)[0] for _n in range(2)]
    actions.decline_case(first, by=at.head, reason="不归这里")
    text = unclear(client, at, case, "1201-01")
    assert f"2021-1201-01 {at.block.name}已经办结" in text and f"请连街区名一起写：2021-1201-01 {other.name}。" in text
    assert "已经办结" in unclear(client, at, case, f"1201-01 {at.block.name}")
    text = unclear(client, at, case, case.number)
    assert text == f"这是本件自己的编号。各街区会有相同的编号，请连街区名一起写：2021-1201-02 {other.name}。"
    for row in theirs:
        actions.decline_case(row, by=at.chief, reason="不归这里")
    assert unclear(client, at, case, case.number) == "这是本件自己的编号。"
    assert "已经办结，请选还在办的" in unclear(client, at, case, "1201-01")


def test_what_is_likely_the_same_is_called_so_that_it_is_found(client, at):
    case, _secret = make.case(at)
    moved, _secret = make.case(at, unit=make.unit("block", inside=at.community))
    actions.place_case(moved, at.building, by=at.chief)
    sign(client, at.chief)
    page = client.get(reverse("case-move", args=[case.pk, "adopt"]))
    number = f"{moved.number} {moved.filed_in.name}"
    assert f"相似的：{number}。" in page.context["form"].fields["number"].help_text
    assert step(client, at.chief, case, "adopt", number=number).status_code == 302
    assert Case.objects.get(pk=case.pk).parent_id == moved.pk


def test_a_head_files_by_building_and_a_chief_by_block(client, at):
    sign(client, at.head)
    assert at.building.code in client.get(reverse("case-new")).content.decode()
    sign(client, at.chief)
    text = client.get(reverse("case-new")).content.decode()
    assert at.block.code in text and at.building.code not in text
