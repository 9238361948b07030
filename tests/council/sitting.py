"""One evening of a council with everything that minutes may have to tell, staged through the real actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Ballot, Meeting
from tests import make

#: What people type who mean no good, and characters that are rare.
HOSTILE = '<script>alert(1)</script> #eval("1") $x_1$ *_`\\u{41}` & "引号" 䶮𠮷 </w:t>'


@dataclass
class Evening:
    room: make.Room
    meeting: Meeting
    ballots: dict[str, Ballot]


def minutes_on(n: int) -> None:
    clock.move_to(clock.now() + timedelta(minutes=n))


def evening(*, hostile: bool = False, secretary: bool = True) -> Evening:
    """Nine seats, one apology, one late, two who leave and break the quorum until one comes back.

    1 by hands with names, one recused; 2 by name, set aside, then again; 3 secret, passed; 4 put off; 5 not reached.
    Call it with the clock stopped; the meeting is closed when it returns.
    """
    room = make.room()
    who, head = room.councillors, room.head
    titles = ["球场东侧装路灯", "清渠", "换门禁", "修围墙", "种树"]
    motions = [make.motion(room, state="accepted", title=title) for title in titles]
    starts = clock.at(clock.today() + timedelta(days=4), 19, 30)
    meeting = actions.plan_meeting(
        room.block, by=head, starts_at=starts, place="党群服务站二楼" + (HOSTILE[:40] if hostile else ""),
        motions=motions, chair=head.person, secretary=who[0].person if secretary else None,
    )  # fmt: skip
    actions.send_notice(meeting, by=head)
    actions.make_apology(meeting, by=who[8])
    clock.move_to(starts - timedelta(minutes=10))
    for account in [head, room.adviser, *who[:6]]:
        actions.sign_in(meeting, account.person, by=account)
    actions.admit_guest(meeting, by=head, name="赵来宾", capacity="物业公司代表")
    minutes_on(11)
    meeting = actions.open_meeting(meeting, by=head)
    rows = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
    items = list(rows.filter(meeting=meeting).order_by("position"))

    minutes_on(1)
    actions.open_item(items[0], by=head)
    actions.note_speech(items[0], by=head, person=who[1].person, gist="夜里的噪音要有人管")
    actions.note_speech(items[0], by=head, person=who[2].person, gist=HOSTILE if hostile else "赞成")
    minutes_on(2)
    actions.sign_in(meeting, who[6].person, by=who[6])  # late, the seventh
    actions.declare_recusal(items[0], by=who[5], ground="family")
    minutes_on(2)
    named = {who[n].person.pk: "yes" for n in (0, 1, 2, 3)} | {who[4].person.pk: "no", who[6].person.pk: "abstain"}
    ballots = {"hands": actions.record_show_of_hands(items[0], by=head, yes=4, no=1, abstain=1, names=named)}

    minutes_on(2)
    actions.open_item(items[1], by=head)
    ballot = actions.open_ballot(items[1], by=head)
    for n, choice in enumerate(["yes", "yes", "no", "no", "no"]):
        actions.cast_vote(ballot, by=who[n], choice=choice)
    minutes_on(1)
    ballots["aside"] = actions.close_ballot(ballot, by=head)
    minutes_on(1)
    actions.set_aside_ballot(ballots["aside"], by=head, reason="有人没听清表决的内容")
    ballot = actions.open_ballot(items[1], by=head)
    for n in range(6):
        actions.cast_vote(ballot, by=who[n], choice="yes")
    minutes_on(1)
    ballots["by_name"] = actions.close_ballot(ballot, by=head)

    minutes_on(1)
    actions.open_item(items[2], by=head)
    for n in (5, 6):
        actions.leave_meeting(meeting, who[n].person, by=who[n])  # five of nine: no quorum
    minutes_on(3)
    actions.sign_in(meeting, who[6].person, by=who[6])  # six: again
    ballot = actions.open_ballot(items[2], by=head, kind="secret")
    for n, choice in enumerate(["yes", "yes", "yes", "yes", "no"]):
        actions.cast_vote(ballot, by=who[n], choice=choice)
    minutes_on(1)
    ballots["secret"] = actions.close_ballot(ballot, by=head)

    minutes_on(1)
    items[3].motion.refresh_from_db()
    actions.postpone_motion(items[3].motion, by=head, reason="等设计图")
    minutes_on(1)
    actions.write_remarks(meeting, by=head, text=HOSTILE if hostile else "会前宣读了上级通知。")
    actions.close_meeting(meeting, by=head)
    minutes_on(5)
    return Evening(room, Meeting.objects.select_related("unit", "rule").get(pk=meeting.pk), ballots)
