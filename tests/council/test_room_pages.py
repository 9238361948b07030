"""The page a meeting is run from: what each sees and may press, what it costs, and that an open vote shows no tally."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Ballot, Guest, Meeting, Motion, Recusal, Speech
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


def sign_in(client, who):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")


def page(client, who, meeting):
    sign_in(client, who)
    return client.get(meeting.get_absolute_url()).content.decode()


def sitting(motions=1, present=7, **terms):
    room = make.room(**terms)
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(motions)], present=present)
    return room, meeting, make.item(meeting, opened_by=room.head)


def full(motions):
    """A meeting with everything: rounds, recusals, speeches, guests; the last item is being voted."""
    room, meeting, _item = sitting(motions, present=8)
    for n, item in enumerate(AgendaItem.objects.filter(meeting=meeting).order_by("position")):
        item = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule").get(
            pk=item.pk
        )
        if n:
            actions.open_item(item, by=room.head)
        actions.declare_recusal(item, by=room.councillors[0], ground="own")
        for who in room.councillors[1:4]:
            speech = actions.give_floor(actions.ask_to_speak(item, by=who), by=room.head)
            actions.end_speech(speech, by=room.head, gist="支持")
        actions.break_off_ballot(actions.open_ballot(item, by=room.head), by=room.head, reason="停电")
        if n < motions - 1:
            actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
        else:
            ballot = actions.open_ballot(item, by=room.head)
            actions.cast_vote(ballot, by=room.councillors[1], choice="yes")
        actions.admit_guest(meeting, by=room.head, name="赵试", capacity="物业公司代表")
    return room, meeting


@pytest.mark.parametrize("motions", [1, 3])
def test_the_page_takes_the_same_statements_whatever_the_meeting_holds(client, django_assert_num_queries, motions):
    room, meeting = full(motions)
    sign_in(client, room.head)
    client.get(meeting.get_absolute_url())
    with django_assert_num_queries(STATEMENTS):
        client.get(meeting.get_absolute_url())


STATEMENTS = 16


def test_who_runs_the_meeting_has_the_buttons_and_a_member_the_way_to_their_phone_page(client):
    room, meeting, item = sitting()
    head, member = page(client, room.head, meeting), page(client, room.councillors[0], meeting)
    for name in ("item-hands", "item-ballot", "item-speech", "item-proposal", "item-postpone"):
        assert (reverse(name, args=[item.pk]) in head, reverse(name, args=[item.pk]) in member) == (True, False)
    assert (reverse("guest-admit", args=[meeting.pk]) in head, reverse("guest-admit", args=[meeting.pk]) in member) == (
        True,
        False,
    )
    assert reverse("meeting-room", args=[meeting.pk]) in member
    assert reverse("item-recusal", args=[item.pk]) in member


def test_the_secretary_of_a_meeting_runs_it_whatever_their_post(client):
    room, meeting, item = sitting()
    secretary = room.councillors[8]
    assert reverse("item-hands", args=[item.pk]) not in page(client, secretary, meeting)
    Meeting.objects.filter(pk=meeting.pk).update(secretary=secretary.person)
    assert reverse("item-hands", args=[item.pk]) in page(client, secretary, meeting)
    assert client.post(reverse("item-hands", args=[item.pk]), {"yes": 7, "no": 0, "abstain": 0}).status_code == 302
    assert client.post(reverse("meeting-move", args=[meeting.pk, "close"])).status_code == 302
    assert Meeting.objects.get(pk=meeting.pk).state == "closed"


def test_the_first_number_of_a_show_of_hands_is_the_item_s_base(client):
    room, meeting, item = sitting()
    actions.declare_recusal(item, by=room.councillors[0], ground="own")
    text = page(client, room.head, meeting)
    assert 'name="yes" type="number" inputmode="numeric" min="0" max="9" value="6"' in text
    assert "本项回避1人" in text


def test_losing_the_quorum_is_the_heading_at_once_and_takes_the_vote_away(client):
    room, meeting, item = sitting(present=6)
    assert "到会人数够了" in page(client, room.head, meeting)
    actions.leave_meeting(meeting, room.councillors[0].person, by=room.head)
    text = page(client, room.head, meeting)
    assert ("还差1人到会才能表决" in text, reverse("item-hands", args=[item.pk]) in text) == (True, False)


def test_hands_that_do_not_add_up_come_back_with_what_was_typed(client):
    room, meeting, item = sitting()
    sign_in(client, room.head)
    names = {f"name-{who.person_id}": "yes" for who in room.councillors[:7]} | {"named": "1"}
    answer = client.post(reverse("item-hands", args=[item.pk]), {"yes": 6, "no": 1, "abstain": 0, **names})
    text = answer.content.decode()
    assert (answer.status_code, Ballot.objects.count()) == (409, 0)
    assert ("对不上" in text, 'value="6" required' in text, 'name="named" value="1" checked' in text) == (True,) * 3
    names[f"name-{room.councillors[0].person_id}"] = "no"
    client.post(reverse("item-hands", args=[item.pk]), {"yes": 6, "no": 1, "abstain": 0, **names})
    assert Ballot.objects.get().votes.get(person=room.councillors[0].person).choice == "no"
    assert reverse("room-confirm", args=[Ballot.objects.get().pk]) in page(client, room.councillors[0], meeting)


def test_the_floor_is_given_and_ended_from_the_page(client):
    room, meeting, item = sitting()
    speech = actions.ask_to_speak(item, by=room.councillors[0])
    sign_in(client, room.head)
    url = reverse("speech-act", args=[speech.pk])
    client.post(url, {"do": "give"})
    assert "正在发言" in page(client, room.head, meeting)
    clock.move_to(clock.now() + timedelta(minutes=4))
    assert "时间到了" in page(client, room.head, meeting)
    wrong = client.post(url, {"do": "end", "gist": "打13800001111"})
    assert (wrong.status_code, "手机号" in wrong.content.decode()) == (409, True)
    client.post(url, {"do": "end", "gist": "支持"})
    assert Speech.objects.get().gist == "支持"
    assert "4:00" in page(client, room.head, meeting)


def test_a_recusal_is_proposed_and_decided_from_the_page(client):
    room, meeting, item = sitting()
    sign_in(client, room.councillors[0])
    out = room.councillors[1].person_id
    client.post(reverse("item-recusal", args=[item.pk]), {"person": out, "ground": "own"})
    text = page(client, room.head, meeting)
    assert ("先决定是否回避" in text, reverse("item-hands", args=[item.pk]) in text) == (True, False)
    client.post(reverse("recusal-decide", args=[Recusal.objects.get().pk]), {"decision": "uphold"})
    assert Recusal.objects.get().state == "held"


def test_a_guest_is_admitted_and_named_masked(client):
    room, meeting, _item = sitting()
    sign_in(client, room.head)
    url = reverse("guest-admit", args=[meeting.pk])
    again = client.post(url, {"name": "赵试", "capacity": ""})
    assert (again.status_code, 'value="赵试"' in again.content.decode()) == (409, True)
    client.post(url, {"name": "赵试", "capacity": "物业公司代表"})
    text = page(client, room.head, meeting)
    assert ("赵*" in text, "赵试" in text, Guest.objects.count()) == (True, False, 1)


def test_a_round_is_set_aside_with_a_reason_and_stays_on_the_page(client):
    room, meeting, item = sitting()
    first = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    sign_in(client, room.head)
    url = reverse("ballot-set-aside", args=[first.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"reason": "数错了人"})
    actions.record_show_of_hands(item, by=room.head, yes=3, no=4, abstain=0)
    text = page(client, room.head, meeting)
    assert ("不再有效" in text, "数错了人" in text, "第2轮" in text, Motion.objects.get().state) == (
        *(True,) * 3,
        "rejected",
    )


def test_an_item_is_put_off_from_the_page_with_a_reason(client):
    room, _meeting, item = sitting()
    sign_in(client, room.head)
    assert client.post(reverse("item-postpone", args=[item.pk]), {"reason": ""}).status_code == 200
    client.post(reverse("item-postpone", args=[item.pk]), {"reason": "再问两家报价"})
    assert AgendaItem.objects.get(pk=item.pk).outcome == "postponed"


@pytest.mark.parametrize("kind", ["by_name", "secret"])
def test_no_page_shows_a_tally_while_a_vote_is_open(client, kind):
    """Two meetings that differ only in what was chosen look the same on every page until the close."""
    room, meeting, item = sitting()
    ballot = actions.open_ballot(item, by=room.head, kind=kind)
    pages = [meeting.get_absolute_url(), item.motion.get_absolute_url(), reverse("minutes", args=[meeting.pk]), "/"]
    pages += [reverse("meetings"), reverse("motions"), reverse("unit", args=[room.block.code])]

    def seen():
        sign_in(client, room.head)
        cache.clear()
        return [words(client.get(url).content.decode()) for url in pages]

    def words(text):
        return [line for line in text.splitlines() if "csrf" not in line and "nonce" not in line]

    for who in room.councillors[:5]:
        actions.cast_vote(ballot, by=who, choice="yes")
    before = seen()
    for who in room.councillors[:5]:
        actions.cast_vote(ballot, by=who, choice="no", change=True)
    assert seen() == before
    assert "已投5/7" in "".join(before[0])
    assert not any(word in "".join(before[0]) for word in ("赞成5", "赞成0", "反对5"))
