"""The phone in the room, the wall and the pulse: who sees what, what is never shown, and what they cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Recusal, Speech
from jiequ.council.views.codes import here_code, is_here, pulse_token, wall_token
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _wednesday():
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


def enter(client, who):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def phone(client, who, meeting, **query):
    return enter(client, who).get(reverse("meeting-room", args=[meeting.pk]), query).content.decode()


def wall(client, meeting):
    client.logout()
    return client.get(reverse("meeting-wall", args=[wall_token(meeting)])).content.decode()


def beat(client, meeting):
    cache.clear()
    return client.get(reverse("pulse", args=[pulse_token(meeting)])).json()


def voting(present=7, kind="by_name", **more):
    """(room, meeting, item, open ballot)"""
    room = make.room(**more)
    meeting = make.meeting(room, present=present)
    item = make.item(meeting, opened_by=room.head)
    return room, meeting, item, actions.open_ballot(item, by=room.head, kind=kind)


# ── who sees what ─────────────────────────────────────────────────────────────────────────────────


def test_the_room_of_a_foreign_block_is_not_found_and_a_watcher_finds_no_button(client):
    room, meeting, _item, _ballot = voting()
    other = make.room()
    url = reverse("meeting-room", args=[meeting.pk])
    assert enter(client, other.head).get(url).status_code == 404
    assert enter(client, other.councillors[0]).post(reverse("room-leave", args=[meeting.pk])).status_code == 404
    text = phone(client, room.chief, meeting)
    assert "会场" in text
    assert "<button" not in text.split("<main")[1].split("</main>")[0]


def test_a_councillor_in_the_room_is_asked_to_vote_and_one_outside_is_not(client):
    room, meeting, _item, ballot = voting()
    inside, outside = phone(client, room.councillors[0], meeting), phone(client, room.councillors[8], meeting)
    assert ("请您表决" in inside, reverse("ballot-vote", args=[ballot.pk]) in inside) == (True, True)
    assert ("请您表决" in outside, "您还没有签到" in outside) == (False, True)


def test_without_a_quorum_the_choices_are_there_and_say_why_they_wait(client):
    room, meeting, _item, _ballot = voting(present=6)
    actions.leave_meeting(meeting, room.councillors[5].person, by=room.councillors[5])
    text = phone(client, room.councillors[0], meeting)
    assert "还差1人到会才能表决" in text
    assert text.count("disabled") == 3
    assert "够6人、主持人宣布后就能投" in text


def test_a_recused_councillor_is_told_so_and_not_asked(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    actions.declare_recusal(item, by=room.councillors[0], ground="own")
    actions.open_ballot(item, by=room.head)
    text = phone(client, room.councillors[0], meeting)
    assert ("已回避" in text, "请您表决" in text) == (True, False)
    assert "回避1人" in wall(client, meeting)


# ── the code on the wall ──────────────────────────────────────────────────────────────────────────


def test_whoever_signs_in_by_themselves_shows_the_code_on_the_wall(client):
    room = make.room()
    meeting = make.meeting(room, present=6)
    who = enter(client, room.councillors[8])
    url = reverse("room-sign-in", args=[meeting.pk])
    refused = who.post(url, **HTMX)
    assert (refused.status_code, "请扫会场大屏上的码签到" in refused.json()["said"]) == (409, True)
    assert who.post(reverse("meeting-attend", args=[meeting.pk])).status_code == 409
    assert (
        who.post(reverse("meeting-attend", args=[meeting.pk]), {"person": room.councillors[8].person_id}).status_code
        == 409
    )
    assert meeting.attendances.present().count() == 6
    text = phone(client, room.councillors[8], meeting, here=here_code(meeting))
    assert "我到了" in text
    assert who.post(url, {"here": here_code(meeting)}).status_code == 302
    assert meeting.attendances.present().count() == 7


def test_whoever_runs_the_meeting_signs_anybody_in_without_a_code(client):
    room = make.room()
    meeting = make.meeting(room, present=6)
    head = enter(client, room.head)
    for who in (room.councillors[8], room.head):
        assert head.post(reverse("meeting-attend", args=[meeting.pk]), {"person": who.person_id}).status_code == 302
    assert meeting.attendances.present().count() == 8


def test_a_code_is_good_for_five_minutes_and_in_no_other_meeting():
    room, other = make.room(), make.room()
    meeting, foreign = make.meeting(room), make.meeting(other)
    code, then = here_code(meeting), clock.now()
    assert (is_here(meeting, code), is_here(foreign, code), is_here(meeting, "")) == (True, False, False)
    clock.move_to(then + timedelta(minutes=4))
    assert (is_here(meeting, code), code == here_code(meeting)) == (True, False)
    clock.move_to(then + timedelta(minutes=5))
    assert not is_here(meeting, code)


def test_the_wall_shows_the_code_of_this_minute_and_a_stale_one_asks_to_scan_again(client):
    room = make.room()
    meeting = make.meeting(room)
    clock.move_to(meeting.starts_at)
    assert wall(client, meeting).count('class="segno"') == 1
    code = here_code(meeting)
    clock.move_to(meeting.starts_at + timedelta(minutes=9))
    text = phone(client, room.councillors[0], meeting, here=code)
    assert ("码过期了" in text, "我到了" in text) == (True, False)


# ── the words of wall and pulse ───────────────────────────────────────────────────────────────────


def test_the_wall_opens_with_its_own_word_alone_from_the_day_until_a_day_after(client):
    room = make.room()
    meeting = make.meeting(room)
    url = reverse("meeting-wall", args=[wall_token(meeting)])
    wrong = [pulse_token(meeting), f"{meeting.pk}.wrong", str(meeting.pk), "x"]
    answers = []
    for days in (-1, 0, 1, 2):
        clock.move_to(meeting.starts_at + timedelta(days=days))
        answers.append(client.get(url).status_code)
        assert [client.get(reverse("meeting-wall", args=[t])).status_code for t in wrong] == [404] * 4
    assert answers == [404, 200, 200, 404]
    assert client.get(reverse("pulse", args=[wall_token(meeting)])).status_code == 404


def test_the_pulse_says_when_something_changed_and_how_many_have_cast_and_nothing_else(client):
    room, meeting, _item, ballot = voting()
    before = beat(client, meeting)
    assert sorted(before) == ["at", "cast", "v"]
    assert before["cast"] == 0
    actions.cast_vote(ballot, by=room.councillors[0], choice="no")
    after = beat(client, meeting)
    assert (after["cast"], after["v"]) == (
        1,
        before["v"],
    )  # a vote is counted in place: two hundred phones draw nothing anew
    actions.close_ballot(ballot, by=room.head)
    closed = beat(client, meeting)
    assert (closed["cast"], closed["v"] > after["v"]) == (None, True)


def test_the_pulse_sets_no_cookie_and_needs_no_account(client):
    _room, meeting, _item, _ballot = voting()
    client.logout()
    client.cookies.clear()
    answer = client.get(reverse("pulse", args=[pulse_token(meeting)]))
    assert (answer.status_code, dict(answer.cookies)) == (200, {})


# ── nothing tells before the close, and a secret choice never ─────────────────────────────────────


@pytest.mark.parametrize("kind", ["by_name", "secret"])
def test_no_screen_shows_a_tally_while_the_vote_is_open(client, kind):
    room, meeting, _item, ballot = voting(kind=kind)
    for n, who in enumerate(room.councillors[:6]):
        actions.cast_vote(ballot, by=who, choice="yes" if n < 5 else "no")
    # The same words, whatever the choices were: nothing on a screen depends on them.
    seen = [phone(client, room.councillors[6], meeting), phone(client, room.chief, meeting), wall(client, meeting)]
    for n, who in enumerate(room.councillors[:6]):
        actions.cast_vote(ballot, by=who, choice="no" if n < 5 else "abstain", change=True)
    again = [phone(client, room.councillors[6], meeting), phone(client, room.chief, meeting), wall(client, meeting)]
    assert [plain(text) for text in seen] == [plain(text) for text in again]
    assert all("lanes" not in text for text in seen)


def plain(text):
    """Without what differs by chance: CSRF words."""
    return re.sub(r'(csrf[\w-]*" (?:value|content)=)"[^"]*"', r"\1", text)


def test_my_own_choice_is_said_in_a_vote_by_name_and_in_a_secret_one_not_even_to_me(client):
    room, meeting, _item, ballot = voting()
    actions.cast_vote(ballot, by=room.councillors[0], choice="yes")
    assert "您投了同意" in phone(client, room.councillors[0], meeting)
    assert "您投了同意" not in phone(client, room.councillors[1], meeting)
    room, meeting, _item, ballot = voting(kind="secret")
    actions.cast_vote(ballot, by=room.councillors[0], choice="no")
    text = phone(client, room.councillors[0], meeting)
    assert ("您的票已投出" in text, "投了反对" in text) == (True, False)
    actions.close_ballot(ballot, by=room.head)
    after = phone(client, room.councillors[0], meeting)
    assert ("未通过" in after, "您投了" in after) == (True, False)


def test_the_wall_names_a_speaker_masked_and_nobody_else(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    first, second = (room.councillors[n].person for n in (0, 1))
    actions.give_floor(actions.ask_to_speak(item, by=room.councillors[0]), by=room.head)
    actions.ask_to_speak(item, by=room.councillors[1])
    text = wall(client, meeting)
    assert (first.label in text, second.label in text) == (True, True)
    everybody = [room.head, room.adviser, room.chief, *room.councillors]
    assert [p.person.name for p in everybody if p.person.name in text] == []
    assert (
        text.count(first.label) == 2
    )  # the made persons are all 张*: who speaks and who waits, and none of the others


# ── acts on the phone ─────────────────────────────────────────────────────────────────────────────


def test_a_vote_without_scripts_is_chosen_looked_at_and_cast(client):
    room, meeting, _item, ballot = voting()
    who, url = enter(client, room.councillors[0]), reverse("ballot-vote", args=[ballot.pk])
    assert who.get(url).url == reverse("meeting-room", args=[meeting.pk])
    text = who.get(url, {"choice": "abstain"}).content.decode()
    assert "您投：弃权" in text
    assert ballot.votes.count() == 0
    assert who.post(url, {"choice": "abstain"}).url == reverse("meeting-room", args=[meeting.pk])
    assert "您投了弃权" in phone(client, room.councillors[0], meeting)
    assert who.post(url, {"choice": "abstain"}).status_code == 302  # what a phone sends again is the same vote
    assert who.post(url, {"choice": "yes"}, **HTMX).status_code == 409
    assert who.post(url, {"choice": "yes", "change": "1"}).status_code == 302
    actions.close_ballot(ballot, by=room.head)
    late = who.post(url, {"choice": "no", "change": "1"}, **HTMX)
    assert (late.status_code, late.json()["said"]) == (409, "表决已经结束，这一票没有计入。")
    assert ballot.votes.get(person=room.councillors[0].person).choice == "yes"


def test_a_proxy_s_holder_is_asked_for_both_votes(client):
    room = make.room(allows_proxies=True)
    meeting = make.meeting(room, present=6)
    absent, holder = room.councillors[8], room.councillors[0]
    meeting.proxies.create(represented=absent.person, acting=holder.person, made_at=clock.now())
    ballot = actions.open_ballot(make.item(meeting, opened_by=room.head), by=room.head)
    url = reverse("ballot-vote", args=[ballot.pk])
    assert "到会7人" in phone(client, holder, meeting)
    enter(client, holder).post(url, {"choice": "yes"})
    text = phone(client, holder, meeting)
    assert f"请您代 {absent.person.label} 表决" in text
    enter(client, holder).post(url, {"choice": "no", "represented": str(absent.person_id)})
    assert f"您代 {absent.person.label} 投了反对" in phone(client, holder, meeting)
    assert ballot.votes.count() == 2


def test_asking_for_the_floor_and_taking_it_back(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    who, url = enter(client, room.councillors[0]), reverse("room-speak", args=[item.pk])
    assert who.post(url).status_code == 302
    assert "收回发言" in phone(client, room.councillors[0], meeting)
    assert who.post(url, {"order": "1"}).status_code == 302
    assert [s.is_point_of_order for s in Speech.objects.waiting()] == [True, False]
    assert who.post(url, {"withdraw": "1"}).status_code == 302
    assert who.post(url, {"withdraw": "1"}, **HTMX).status_code == 409
    assert [s.is_point_of_order for s in Speech.objects.waiting()] == [True]


def test_recusing_oneself_takes_a_ground_and_no_story(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    who, url = enter(client, room.councillors[0]), reverse("room-recuse", args=[item.pk])
    assert who.post(url, {"ground": "gossip"}, **HTMX).status_code == 409
    assert who.post(url, {"ground": "family"}).status_code == 302
    assert Recusal.objects.get().state == "held"


def test_a_hand_that_was_entered_by_name_is_confirmed_by_its_owner(client):
    room = make.room(councillors=3)
    meeting = make.meeting(room, present=3)
    item = make.item(meeting, opened_by=room.head)
    names = {who.person_id: choice for who, choice in zip(room.councillors, ("yes", "yes", "no"), strict=True)}
    ballot = actions.record_show_of_hands(item, by=room.head, yes=2, no=1, abstain=0, names=names)
    assert "记的是您举手反对，对吗" in phone(client, room.councillors[2], meeting)
    assert "对吗" not in phone(client, room.head, meeting)
    enter(client, room.councillors[2]).post(reverse("room-confirm", args=[ballot.pk]))
    assert "您已核对" in phone(client, room.councillors[2], meeting)


def test_the_result_stands_until_the_next_item_begins(client):
    room = make.room(councillors=3)
    meeting = make.meeting(
        room, make.motion(room, state="accepted"), make.motion(room, state="accepted", title="修长凳"), present=3
    )
    actions.record_show_of_hands(make.item(meeting, opened_by=room.head), by=room.head, yes=2, no=1, abstain=0)
    assert "通过" in phone(client, room.councillors[0], meeting)
    text = wall(client, meeting)
    assert ("verdict passed" in text, "需2票" in text, "5个工作日" in text) == (True, True, True)
    second = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule").get(
        meeting=meeting, position=2
    )
    actions.open_item(second, by=room.head)
    assert ("verdict" in wall(client, meeting), "修长凳" in wall(client, meeting)) == (False, True)


# ── what they cost ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("items", [1, 4])
@pytest.mark.parametrize("stage", ["discussing", "voting", "decided"])
def test_statements_are_the_same_however_long_the_meeting(client, django_assert_max_num_queries, items, stage):
    room = make.room(allows_proxies=True)
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(items)], present=7)
    meeting.proxies.create(
        represented=room.councillors[8].person, acting=room.councillors[0].person, made_at=clock.now()
    )
    item = make.item(meeting, opened_by=room.head)
    for who in room.councillors[: items + 1]:
        actions.ask_to_speak(item, by=who)
    if stage != "discussing":
        ballot = actions.open_ballot(item, by=room.head)
        actions.cast_vote(ballot, by=room.councillors[0], choice="yes")
    if stage == "decided":
        actions.close_ballot(ballot, by=room.head)
    enter(client, room.councillors[0])
    url = reverse("meeting-room", args=[meeting.pk])
    client.get(url)
    with django_assert_max_num_queries(14):
        client.get(url)
    client.logout()
    with django_assert_max_num_queries(10):
        client.get(reverse("meeting-wall", args=[wall_token(meeting)]))


def test_a_pulse_is_one_statement_and_within_a_second_none(client, django_assert_num_queries):
    _room, meeting, _item, _ballot = voting()
    url = reverse("pulse", args=[pulse_token(meeting)])
    cache.clear()
    with django_assert_num_queries(1):
        client.get(url)
    with django_assert_num_queries(0):
        client.get(url)


def test_the_console_listens_to_the_pulse_and_leads_whoever_runs_the_meeting_to_the_wall(client):
    room = make.room()
    meeting = make.meeting(room, present=6)
    url, link = meeting.get_absolute_url(), reverse("meeting-wall", args=[wall_token(meeting)])
    texts = [enter(client, who).get(url).content.decode() for who in (room.head, room.councillors[0])]
    assert [reverse("pulse", args=[pulse_token(meeting)]) in text for text in texts] == [True, True]
    assert [link in text for text in texts] == [True, False]
    clock.move_to(meeting.starts_at - timedelta(days=1))
    assert link not in enter(client, room.head).get(url).content.decode()
