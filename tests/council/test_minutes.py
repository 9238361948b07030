"""Minutes: what they tell is the record, final they stay, and nothing typed is read as anything but text."""

import io
from copy import deepcopy
from functools import cache

import pytest
from django.core.cache import cache as counters
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from docx import Document

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.core.typesetting import faces_here
from jiequ.council import actions
from jiequ.council.documents import digest_of, excerpt, numbers, pdf, record_of
from jiequ.council.documents import quorum as reckoned
from jiequ.council.documents.checks import findings
from jiequ.council.documents.minutes import MinutesNow
from jiequ.council.documents.word import as_word
from jiequ.council.documents.wording import numeral
from jiequ.council.models import Attendance, Ballot, Confirmation, Meeting, Minutes
from jiequ.people.models import Notice, Reveal
from tests import make, printed
from tests.council.sitting import HOSTILE, evening, minutes_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    counters.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


def words(meeting):
    return "\n".join(MinutesNow.of(meeting).paper().texts())


def texts_of(file):
    """Every paragraph and cell of a .docx in the order in which they stand."""
    body = Document(io.BytesIO(file)).element.body
    found = []
    for paragraph in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"):
        text = "".join(
            "\n" if node.tag.endswith("}br") else node.text or ""
            for node in paragraph.iter()
            if node.tag.endswith(("}t", "}br"))
        )
        if text:
            found.append(text)
    return found


@cache
def told():
    """The record of one evening; a plain dict, so it is staged once and changed in copies."""
    return record_of(evening().meeting)


def page(client, who, name, *args, data=None):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    url = reverse(name, args=args)
    return client.get(url) if data is None else client.post(url, data)


# ── agrees with the record ────────────────────────────────────────────────────────────────────────────────


def test_every_number_in_the_minutes_is_the_one_in_the_tables():
    scene = evening()
    sums = numbers(record_of(scene.meeting))
    stays = Attendance.objects.filter(meeting=scene.meeting, is_voting=True)
    came = stays.values("person_id").distinct().count()
    assert (sums["seats"], sums["came"], sums["absent"], sums["apologies"], sums["guests"]) == (9, came, 9 - came, 1, 1)
    said = {(item["motion"], b["round"]): b for item in sums["items"] for b in item["ballots"]}
    rows = Ballot.objects.filter(item__meeting=scene.meeting, closed_at__isnull=False).select_related("item")
    assert len(said) == rows.count() == 4
    for row in rows:
        line = said[row.item.motion_id, row.round]
        for key in ("kind", "seats", "present", "recused", "yes", "no", "abstain", "outcome"):
            assert line[key] == getattr(row, key), (row.round, key)
        assert (line["need"], line["stands"]) == (row.needed, row.set_aside_at is None)
    assert [item["outcome"] for item in sums["items"]] == ["passed", "passed", "passed", "postponed", "unreached"]


def test_a_small_meeting_agrees_too_whatever_the_hands(django_assert_num_queries):
    for yes, no in ((6, 0), (3, 3), (0, 6)):
        room = make.room()
        meeting = make.meeting(room, present=6)
        ballot = actions.record_show_of_hands(
            make.item(meeting, opened_by=room.head), by=room.head, yes=yes, no=no, abstain=0
        )
        actions.close_meeting(meeting, by=room.head)
        meeting = Meeting.objects.select_related("unit", "rule").get(pk=meeting.pk)
        line = numbers(record_of(meeting))["items"][0]["ballots"][0]
        assert (line["yes"], line["no"], line["outcome"]) == (ballot.yes, ballot.no, ballot.outcome)
        assert f"赞成{yes}票，须4票，{'通过' if yes >= 4 else '未通过'}" in words(meeting)


def test_the_record_is_read_in_as_many_statements_for_five_items_as_for_one(django_assert_num_queries):
    room = make.room()
    small = make.meeting(room, present=6)
    big = evening().meeting
    small = Meeting.objects.select_related("unit", "rule").get(pk=small.pk)
    for meeting in (small, big):
        with django_assert_num_queries(12):
            record_of(meeting)


def test_the_quorum_s_losses_are_those_that_the_room_reckons_from_the_tables():
    scene = evening()
    from_record = reckoned.quorum_changes(record_of(scene.meeting))
    counted = actions.quorum_changes(scene.meeting)
    assert (
        [(n, ok) for _at, n, ok in from_record]
        == [(n, ok) for _at, n, ok in counted]
        == [(6, True), (5, False), (6, True)]
    )
    assert "开会时到会6人，达到法定人数" in words(scene.meeting)
    assert "到会5人，失去法定人数" in words(scene.meeting)
    assert "到会6人，恢复法定人数" in words(scene.meeting)


def test_who_came_late_left_and_stayed_out_is_told_by_masked_name_and_post():
    scene = evening()
    text = words(scene.meeting)
    assert text.startswith(f"{make.above(scene.room.block, 2).name}{scene.room.block.name}理事会第1次会议记录")
    assert "应到：有表决权的理事9人" in text
    assert "实到：7人" in text
    assert "（请假）" in text
    assert "赵*（物业公司代表）" in text
    assert "与近亲属有利害关系" in text
    assert "19:34到会" in text
    assert scene.room.councillors[5].person.name not in text
    assert "赵来宾" not in text


def test_two_of_the_same_masked_name_are_told_apart():
    text = words(evening().meeting)
    assert "张*①" in text
    assert "张*②" in text


def test_a_secret_round_names_nobody_and_an_open_one_gives_nothing_away():
    scene = evening()
    secret = record_of(scene.meeting)["items"][2]["ballots"][0]
    assert (secret["kind"], secret["votes"], secret["yes"]) == ("secret", [], 4)
    room = make.room()
    meeting = make.meeting(room, present=7)
    ballot = actions.open_ballot(make.item(meeting, opened_by=room.head), by=room.head)
    actions.cast_vote(ballot, by=room.councillors[0], choice="yes")
    meeting = Meeting.objects.select_related("unit", "rule").get(pk=meeting.pk)
    running = record_of(meeting)["items"][0]["ballots"][0]
    assert (running["votes"], running["yes"], running["outcome"]) == ([], 0, "")
    assert "正在表决" in words(meeting)


def test_hands_with_names_and_votes_by_name_stand_with_who_said_what():
    scene = evening()
    content = record_of(scene.meeting)
    hands, by_name = content["items"][0]["ballots"][0], content["items"][1]["ballots"][1]
    assert sorted(v["choice"] for v in hands["votes"]) == ["abstain", "no", "yes", "yes", "yes", "yes"]
    assert sum(v["counts"] for v in by_name["votes"]) == by_name["present"] == 7
    text = words(scene.meeting)
    assert "赞成4人：" in text
    assert "第1轮作废" in text
    assert "有人没听清表决的内容" in text
    assert "暂缓，未表决。原因：等设计图" in text
    assert "本次会议未议到" in text


def test_numerals_are_said_as_in_papers():
    assert [numeral(n) for n in (1, 10, 11, 20, 21, 99, 100)] == ["一", "十", "十一", "二十", "二十一", "九十九", "100"]


# ── checks ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_in_order_has_nothing_to_check():
    assert findings(told()) == []


@pytest.mark.parametrize(
    ("change", "code", "level"),
    [
        (lambda c: c["items"][0]["ballots"][0].update(yes=5), "sum", "stop"),
        (lambda c: c["items"][0]["ballots"][0].update(present=5, yes=3, quorum_need=6), "quorum", "stop"),
        (lambda c: c["items"][0]["ballots"][0].update(present=7, yes=5), "presence", "stop"),
        (lambda c: c["items"][0]["ballots"][0].update(outcome="not_passed"), "majority", "stop"),
        (lambda c: c["items"][0]["ballots"][0]["votes"][0].update(choice="no"), "names", "stop"),
        (lambda c: c["items"][0].update(outcome="not_passed"), "no_ballot", "stop"),
        (lambda c: c["items"][0]["ballots"].clear(), "no_ballot", "stop"),
        (lambda c: c["items"][1]["ballots"][0].update(set_aside_at=None), "two_ballots", "stop"),
        (lambda c: c["items"][3].update(outcome=""), "no_outcome", "stop"),
        (lambda c: c["items"][2].update(outcome="postponed"), "unused_ballot", "stop"),
        (lambda c: c["items"][2]["ballots"][0].update(closed_at=None), "open_ballot", "stop"),
        (lambda c: c["items"][0]["ballots"][0].update(opened_at="2031-01-01T00:00:00+00:00"), "times", "stop"),
        (lambda c: c["items"][0]["recusals"][0].update(person=c["items"][0]["ballots"][0]["votes"][0]["person"]),
         "recused", "stop"),
        (lambda c: c["stays"][0].update(to=None), "still_inside", "stop"),
        (lambda c: c["stays"][0].update(to="2001-01-01T00:00:00+00:00"), "times", "stop"),
        (lambda c: c.update(state="open"), "not_over", "stop"),
        (lambda c: c["items"][0]["speeches"][0].update(gist=""), "no_gist", "warn"),
        (lambda c: c.update(secretary=None), "no_secretary", "warn"),
        (lambda c: c.update(chair=None), "no_chair", "warn"),
        (lambda c: c["items"][1]["ballots"][0].update(yes=9), "sum", "warn"),  # it was set aside: no harm
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_found(change, code, level):
    content = deepcopy(told())
    change(content)
    assert (code, level) in {(finding.code, finding.level) for finding in findings(content)}


# ── final ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_final_minutes_hold_no_name_and_stay_as_they_were():
    scene = evening()
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.head)
    assert minutes.digest == digest_of(minutes.content)
    held = str(Minutes.objects.get().content)
    for account in (scene.room.head, *scene.room.councillors):
        assert account.person.name not in held
        assert account.person.label not in held
    before = words(scene.meeting)
    Meeting.objects.filter(pk=scene.meeting.pk).update(place="别处")
    assert words(scene.meeting) == before
    assert "已定稿" not in before
    assert minutes.digest in before


def test_the_digest_is_the_same_when_the_content_comes_back_from_the_database():
    scene = evening(hostile=True)
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.head)
    assert digest_of(Minutes.objects.get().content) == minutes.digest
    assert MinutesNow.of(scene.meeting).is_intact


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE council_minutes SET remarks = 'x'",
        "UPDATE council_minutes SET content = NULL",
        "UPDATE council_minutes SET finalised_at = NULL",
        "UPDATE council_correction SET text = 'x'",
        "UPDATE council_confirmation SET person_id = person_id",
    ],
)
def test_not_even_raw_sql_changes_what_is_final(sql):
    scene = evening()
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.head)
    actions.add_correction(minutes, by=scene.room.head, text="路灯应为九盏。")
    actions.confirm_minutes(minutes, by=scene.room.councillors[0])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_minutes_put_in_the_place_of_the_final_ones_do_not_pass():
    scene = evening()
    actions.finalise_minutes(scene.meeting, by=scene.room.head)
    old = Minutes.objects.get()
    forged = {**old.content, "place": "别处"}
    row = {"meeting": scene.meeting, "finalised_at": old.finalised_at, "finalised_by": old.finalised_by}
    old.delete()
    Minutes.objects.create(**row, content=forged, digest=digest_of(forged))
    assert not MinutesNow.of(scene.meeting).is_intact


def test_minutes_are_made_final_once_and_then_only_corrected():
    scene = evening()
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.councillors[0])  # the secretary
    with pytest.raises(Overtaken):
        actions.finalise_minutes(scene.meeting, by=scene.room.head)
    with pytest.raises(Overtaken):
        actions.write_remarks(scene.meeting, by=scene.room.head, text="又想起一件事")
    minutes_on(60)
    actions.add_correction(minutes, by=scene.room.head, text="路灯应为九盏。")
    text = words(scene.meeting)
    assert "四、更正" in text
    assert "：路灯应为九盏。" in text
    assert digest_of(Minutes.objects.get().content) == minutes.digest
    verbs = set(JournalEntry.objects.about(scene.meeting).values_list("verb", flat=True))
    assert {"finalise_minutes", "add_correction", "write_remarks"} <= verbs


def test_drafts_are_not_corrected_and_open_meetings_not_final():
    room = make.room()
    meeting = make.meeting(room, present=7)
    with pytest.raises(Refused, match="还没有结束"):
        actions.finalise_minutes(meeting, by=room.head)
    minutes = actions.write_remarks(meeting, by=room.head, text="先写一点")
    with pytest.raises(Refused, match="定稿"):
        actions.add_correction(minutes, by=room.head, text="改")
    with pytest.raises(Refused, match="定稿"):
        actions.confirm_minutes(minutes, by=room.councillors[0])
    with pytest.raises(Refused):
        actions.write_remarks(make.meeting(room), by=room.head, text="还没有开")


def test_whoever_does_not_run_the_meeting_may_not_write_or_finish_its_minutes():
    scene = evening()
    for who in (scene.room.councillors[1], scene.room.chief, make.room().head):
        with pytest.raises(NotAllowed):
            actions.finalise_minutes(scene.meeting, by=who)
        with pytest.raises(NotAllowed):
            actions.write_remarks(scene.meeting, by=who, text="x")


def test_members_who_were_there_confirm_once_and_are_asked_to():
    scene = evening()
    who = scene.room.councillors
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.head)
    noticed = set(Notice.objects.filter(subject__contains="会议记录已定稿").values_list("person_id", flat=True))
    assert noticed == {a.person_id for a in (scene.room.head, scene.room.adviser, *who)}
    for account in (who[6], scene.room.adviser):
        actions.confirm_minutes(minutes, by=account)
    with pytest.raises(Overtaken):
        actions.confirm_minutes(minutes, by=who[6])
    for account in (who[8], scene.room.chief):  # excused; not of the council
        with pytest.raises(Refused):
            actions.confirm_minutes(minutes, by=account)
    assert Confirmation.objects.count() == 2
    assert words(scene.meeting).count("在线确认") == 2


def test_an_adjourned_meeting_has_minutes_that_say_why():
    room = make.room()
    meeting = make.meeting(room)
    clock.move_to(meeting.starts_at)
    actions.sign_in(meeting, room.councillors[0].person, by=room.councillors[0])
    actions.adjourn_meeting(meeting, by=room.head)
    meeting = Meeting.objects.select_related("unit", "rule").get(pk=meeting.pk)
    actions.finalise_minutes(meeting, by=room.head)
    assert "会议没有达到法定人数，未能开会" in words(meeting)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hostile", [False, True])
def test_word_holds_every_text_of_the_paper_in_order(hostile):
    scene = evening(hostile=hostile)
    paper = MinutesNow.of(scene.meeting).paper()
    assert texts_of(as_word(paper)) == paper.texts()
    assert (HOSTILE in "\n".join(paper.texts())) is hostile


def test_word_asks_for_the_faces_of_official_papers_on_a4():
    document = Document(io.BytesIO(as_word(MinutesNow.of(evening().meeting).paper())))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    styles = document.styles.element.xml
    for face in ("仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"):
        assert f'w:eastAsia="{face}"' in styles
    assert 'w:line="560"' in styles  # 28 pt
    assert "PAGE" in section.footer._element.xml


def test_pdf_says_every_line_of_the_paper():
    paper = MinutesNow.of(evening(hostile=True).meeting).paper()
    file = pdf.as_pdf(paper)
    assert file.startswith(b"%PDF-")
    said = printed.words(file)
    assert [text for text in paper.texts() if "".join(text.split()) not in said] == []
    assert {"䶮", "𠮷", "<", "$"} <= set(said)


def test_a_text_no_file_can_hold_is_left_out_and_nothing_breaks():
    scene = evening()
    paper = MinutesNow.of(scene.meeting).paper()
    paper.add("text", "前\x00\x0b\x1f\ud800\ufffe\u202e后\r\n第二行")
    assert paper.texts()[-1] == "前      后\n第二行"
    assert texts_of(as_word(paper))[-1] == "前      后\n第二行"
    assert pdf.as_pdf(paper).startswith(b"%PDF-")


def test_without_a_chinese_font_it_is_said_and_word_still_works(client, monkeypatch):
    scene = evening()
    faces_here.cache_clear()

    class Fonts:
        def __init__(self, include_system_fonts=True, **more):
            self.there = ["DejaVu Sans"] if include_system_fonts else []

        def families(self):
            return self.there

    monkeypatch.setattr("typst.Fonts", Fonts)
    try:
        answer = page(client, scene.room.head, "minutes-pdf", scene.meeting.pk, data={})
        assert (answer.status_code, "没有中文字体" in answer.content.decode()) == (409, True)
        assert not JournalEntry.objects.filter(verb="export_minutes").exists()
        assert page(client, scene.room.head, "minutes-docx", scene.meeting.pk, data={}).status_code == 200
    finally:
        faces_here.cache_clear()


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_is_read_corrected_and_confirmed(client, django_assert_max_num_queries):
    scene = evening(hostile=True)
    head, member = scene.room.head, scene.room.councillors[3]
    page(client, head, "minutes", scene.meeting.pk)
    with django_assert_max_num_queries(21):
        text = client.get(reverse("minutes", args=[scene.meeting.pk])).content.decode()
    assert "<script>alert(1)" not in text
    assert "未定稿" in text
    assert page(client, head, "minutes-remarks", scene.meeting.pk, data={"text": "新的记载"}).status_code == 302
    assert page(client, member, "minutes-finalise", scene.meeting.pk, data={}).status_code == 403
    assert page(client, head, "minutes-finalise", scene.meeting.pk, data={}).status_code == 302
    assert page(client, head, "minutes-finalise", scene.meeting.pk, data={}).status_code == 409
    assert page(client, head, "minutes-correct", scene.meeting.pk, data={"text": "九盏"}).status_code == 302
    assert page(client, member, "minutes-confirm", scene.meeting.pk, data={}).status_code == 302
    text = page(client, member, "minutes", scene.meeting.pk).content.decode()
    assert ("已定稿" in text, "您已确认" in text, "九盏" in text, "新的记载" in text) == (True,) * 4
    assert "校验码不符" not in text


def test_a_meeting_that_has_not_begun_has_no_minutes(client):
    room = make.room()
    assert page(client, room.head, "minutes", make.meeting(room).pk).status_code == 409


def test_files_are_attachments_kept_nowhere_and_entered(client):
    scene = evening()
    for kind in ("docx", "pdf"):
        answer = page(client, scene.room.councillors[3], f"minutes-{kind}", scene.meeting.pk, data={})
        assert answer["Content-Disposition"].startswith("attachment;")
        assert "no-store" in answer["Cache-Control"]
        entry = JournalEntry.objects.filter(verb="export_minutes").latest("id")
        assert entry.facts == {"form": kind, "full": False, "final": False}
    assert scene.room.councillors[3].person.name not in "".join(
        texts_of(page(client, scene.room.head, "minutes-docx", scene.meeting.pk, data={}).content)
    )


def test_whole_names_cost_a_reason_that_everybody_in_them_can_look_up(client):
    scene = evening()
    head, pk = scene.room.head, scene.meeting.pk
    assert page(client, scene.room.councillors[1], "minutes-full", pk, data={"form": "docx"}).status_code == 403
    short = page(client, head, "minutes-full", pk, data={"form": "docx", "reason": "看"})
    assert (short.status_code, Reveal.objects.count()) == (422, 0)
    answer = page(client, head, "minutes-full", pk, data={"form": "docx", "reason": "年度归档"})
    text = "\n".join(texts_of(answer.content))
    for account in (head, *scene.room.councillors):
        assert account.person.name in text
        assert Reveal.objects.get(person=account.person).reason == "年度归档"
    assert "赵来宾" in text
    assert JournalEntry.objects.filter(verb="export_minutes").latest("id").facts["full"] is True


# ── the excerpt ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_excerpt_tells_the_decision_and_its_numbers_and_nobody(django_assert_num_queries):
    scene = evening()
    motions = [item.motion for item in scene.meeting.items.select_related("motion").order_by("position")]
    with django_assert_num_queries(2):
        first = excerpt(motions[0])
    assert first is not None
    assert (first["sequence"], first["outcome"], first["is_final"]) == (1, "passed", False)
    vote = first["vote"]
    assert [vote[k] for k in ("seats", "present", "recused", "yes", "no", "abstain", "need")] == [8, 6, 1, 4, 1, 1, 4]
    again = excerpt(motions[1])
    assert again is not None and again["vote"]["round"] == 2
    put_off = excerpt(motions[3])
    assert put_off is not None and (put_off["outcome"], put_off["vote"]) == ("postponed", None)
    assert excerpt(make.motion(scene.room)) is None


def test_the_excerpt_waits_for_the_meeting_to_be_over():
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    assert excerpt(item.motion) is None  # it may still be set aside
    actions.close_meeting(meeting, by=room.head)
    assert excerpt(item.motion) is not None
