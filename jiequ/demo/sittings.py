"""Sitting: notice, who comes and goes, what is said, who stays out, and three ways to vote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from random import Random

from jiequ.core import clock, workdays
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Ballot, Meeting, Minutes
from jiequ.demo import texts
from jiequ.demo.aftermath import Aftermath
from jiequ.demo.cast import Block
from jiequ.demo.scripts import Script, Sitting
from jiequ.demo.timeline import Timeline, workday_at
from jiequ.people.models import Account

PLACE = "党群服务站二楼会议室"
LEFT_TO_VISITORS = date(2021, 11, 27)


class Room:
    """One meeting while it sits: who is in, and a watch that runs on with every act."""

    def __init__(self, meeting: Meeting, block: Block) -> None:
        self.meeting, self.block = meeting, block
        self.inside: list[Account] = []
        self.moment = clock.now()

    def later(self, minutes: float) -> None:
        self.moment += timedelta(minutes=minutes)
        clock.move_to(self.moment)

    def arrive(self, *accounts: Account) -> None:
        for account in accounts:
            actions.sign_in(self.meeting, account.person, by=account)
            if account in self.block.councillors:
                self.inside.append(account)

    def leave(self, account: Account) -> None:
        actions.leave_meeting(self.meeting, account.person, by=account)
        self.inside.remove(account)


class Sittings:
    def __init__(self, dice: Random, timeline: Timeline, aftermath: Aftermath) -> None:
        self.dice, self.at, self.aftermath = dice, timeline.at, aftermath

    def call(self, sitting: Sitting, day: date, *, quorate: bool) -> None:
        """Plan a meeting, give notice, and let it sit: `quorate`, or in vain."""
        hour, minute = (10, 0) if not workdays.is_workday(day) else (19, 30)
        starts = clock.at(day, hour, minute)
        first = clock.at(day, 15) if quorate and "moved" in sitting.twists else starts
        meetings: list[Meeting] = []

        def plan() -> None:
            meetings.append(actions.plan_meeting(
                sitting.block.unit, by=sitting.block.head, starts_at=first, place=PLACE,
                motions=[s.row for s in sitting.scripts], chair=sitting.block.adviser.person,
                secretary=sitting.block.head.person,
            ))  # fmt: skip

        act: Callable[[Sitting, Meeting, list[Account]], None] = self._hold if quorate else self._lack_quorum
        self.at(clock.at(day - timedelta(days=6), 16), plan)
        self.at(clock.at(day - timedelta(days=5), 9, 30), lambda: self.notice(sitting, meetings[0]))
        if first != starts:
            self.at(clock.at(day - timedelta(days=4), 11), lambda: actions.reschedule_meeting(
                meetings[0], by=sitting.block.head, starts_at=starts, place="居委会一楼活动室", reason="下午会议室停电检修",
            ))  # fmt: skip
        came = self._who_comes(sitting, quorate=quorate)
        away = [account for account in sitting.block.councillors if account not in came]
        for n, account in enumerate(away):
            if self.dice.random() < 0.6:
                self.at(clock.at(day - timedelta(days=2), 20, n), partial(_apologise, meetings, account))
        self.at(starts - timedelta(minutes=15), lambda: act(sitting, Meeting.objects.get(pk=meetings[0].pk), came))

    def _who_comes(self, sitting: Sitting, *, quorate: bool) -> list[Account]:
        if not quorate:
            count = self.dice.choice([3, 4, 5])
        elif "quorum_lost" in sitting.twists:
            count = 6
        elif any(script.twists & {"recusal", "proposed"} for script in sitting.scripts):
            count = self.dice.choice([7, 8, 9])  # six of nine are a quorum, five of the other eight are not
        else:
            count = self.dice.choice([6, 7, 7, 8, 8, 9])
        return self.dice.sample(sitting.block.councillors, count)

    def notice(self, sitting: Sitting, meeting: Meeting) -> None:
        """What is to be voted stands in the notice."""
        words = {script.pk: script.words[2] for script in sitting.scripts}
        for item in _items(meeting):
            actions.set_proposal(item, by=sitting.block.head, proposal=words[item.motion_id])
        actions.send_notice(meeting, by=sitting.block.head)

    def _lack_quorum(self, sitting: Sitting, meeting: Meeting, came: list[Account]) -> None:
        room = Room(meeting, sitting.block)
        room.arrive(sitting.block.head, sitting.block.adviser, *came)
        room.later(35)
        actions.adjourn_meeting(meeting, by=sitting.block.head)

    def _hold(self, sitting: Sitting, meeting: Meeting, came: list[Account]) -> None:
        block, room = sitting.block, Room(meeting, sitting.block)
        signers = came[: self.dice.randrange(1, 4)]
        late = came.pop() if "late" in sitting.twists and len(came) > 7 else None
        room.arrive(block.head, block.adviser)
        for account in came:
            room.later(self.dice.choice([0, 1, 2]))
            room.arrive(account)
        if "guest" in sitting.twists:
            name = self.dice.choice(texts.SURNAMES) + self.dice.choice(texts.GIVEN)
            actions.admit_guest(meeting, by=block.head, name=name, capacity=self.dice.choice(texts.CAPACITIES))
        room.moment = max(room.moment, meeting.starts_at)
        room.later(0)
        actions.open_meeting(meeting, by=block.head)
        by_motion = {s.pk: s for s in sitting.scripts}
        items = _items(meeting)
        for n, item in enumerate(items):
            room.later(3)
            if late is not None and n == 0:
                room.arrive(late)
            self._item(sitting, by_motion[item.motion_id], item, room, is_last=n == len(items) - 1)
        room.later(2)
        actions.close_meeting(meeting, by=block.head)
        self._write_up(sitting, meeting, signers)

    def _write_up(self, sitting: Sitting, meeting: Meeting, signers: list[Account]) -> None:
        """The minutes are final the next working day and signed by some of those who were there."""
        block, day = sitting.block, clock.today()
        if day >= LEFT_TO_VISITORS:
            return  # a visitor finds the latest ones to be finished
        final: list[Minutes] = []
        self.at(workday_at(day, 9, 40, after=1), lambda: final.append(actions.finalise_minutes(meeting, by=block.head)))
        for n, account in enumerate([block.adviser, *signers]):
            signs = workday_at(day, 12, 5 * n, after=1 + self.dice.randrange(3))
            self.at(signs, partial(_confirm, final, account))
        if "revote" in {twist for script in sitting.scripts for twist in script.twists}:
            self.at(workday_at(day, 15, after=3), lambda: actions.add_correction(
                final[0], by=block.head, text="发言摘要第一条“东侧”应为“西侧”，表决结果不受影响。",
            ))  # fmt: skip

    def _item(self, sitting: Sitting, script: Script, item: AgendaItem, room: Room, *, is_last: bool) -> None:
        block = script.block
        actions.open_item(item, by=block.head)
        out = self._stay_out(script, item, room)
        self._discuss(item, room, out)
        if script.fate == "postpone":
            room.later(2)
            actions.postpone_motion(item.motion, by=block.head, reason=self.dice.choice(texts.POSTPONED_WHY))
            return
        stepped: Account | None = None
        if is_last and sitting.twists & {"steps_out", "quorum_lost"} and not script.twists:
            stepped = self.dice.choice(room.inside)
            room.leave(stepped)
            room.later(6)
            if len(room.inside) < 6:
                room.arrive(stepped)  # the quorum is back, and the vote can be held
                stepped = None
        voting = [account for account in room.inside if account not in out]
        self._vote(script, item, room, voting)
        if stepped is not None:
            room.later(4)
            room.arrive(stepped)
        if script.fate != "reject":
            self.aftermath.carry_out(script)

    def _stay_out(self, script: Script, item: AgendaItem, room: Room) -> list[Account]:
        """Who recuses themselves, or is asked to: the item's base shrinks by them."""
        twist = next(iter(script.twists & {"recusal", "proposed", "dismissed"}), "")
        if not twist:
            return []
        whom, other = self.dice.sample(room.inside, 2)
        ground = self.dice.choice(["own", "family", "business"])
        if twist == "recusal":
            actions.declare_recusal(item, by=whom, ground=ground)
            return [whom]
        proposed = actions.propose_recusal(item, whom.person, by=other, ground=ground)
        room.later(2)
        actions.decide_recusal(proposed, by=script.block.head, upheld=twist == "proposed")
        return [whom] if twist == "proposed" else []

    def _discuss(self, item: AgendaItem, room: Room, out: list[Account]) -> None:
        speakers = [account for account in room.inside if account not in out]
        for account in self.dice.sample(speakers, self.dice.randrange(1, 4)):
            speech = actions.ask_to_speak(item, by=account)
            actions.give_floor(speech, by=room.block.head)
            room.later(self.dice.choice([1, 1.5, 2, 2.5]))
            actions.end_speech(speech, by=room.block.head, gist=self.dice.choice(texts.GISTS))

    def _vote(self, script: Script, item: AgendaItem, room: Room, voting: list[Account]) -> None:
        here, head = len(voting), script.block.head
        need = item.motion.majority.needed(here)
        yes = (
            self.dice.randrange(max(0, need - 3), need)
            if script.fate == "reject"
            else self.dice.randrange(need, here + 1)
        )
        no = self.dice.randrange(here - yes + 1)
        choices = ["yes"] * yes + ["no"] * no + ["abstain"] * (here - yes - no)
        self.dice.shuffle(choices)
        room.later(1)
        if "revote" in script.twists:
            first = actions.record_show_of_hands(item, by=head, yes=here, no=0, abstain=0)
            room.later(2)
            actions.set_aside_ballot(first, by=head, reason="举手时有人没听清表决内容，重新宣读后再表决")
            item = _items(room.meeting, pk=item.pk)[0]
        if "broken_off" in script.twists:
            broken = actions.open_ballot(item, by=head)
            for account, choice in zip(voting[:3], choices, strict=False):
                actions.cast_vote(broken, by=account, choice=choice)
            room.later(3)
            actions.break_off_ballot(broken, by=head, reason="会议室网络中断，改为举手表决")
        if script.vote in {"hands", "named"}:
            names = {a.person_id: c for a, c in zip(voting, choices, strict=True)} if script.vote == "named" else None
            actions.record_show_of_hands(item, by=head, yes=yes, no=no, abstain=here - yes - no, names=names)
            return
        kind = Ballot.Kind.SECRET if script.vote == "secret" else Ballot.Kind.BY_NAME
        ballot = actions.open_ballot(item, by=head, kind=kind)
        for account, choice in zip(voting, choices, strict=True):
            actions.cast_vote(ballot, by=account, choice=choice)
        room.later(1)
        actions.close_ballot(ballot, by=head)


def _apologise(meetings: list[Meeting], account: Account) -> None:
    actions.make_apology(meetings[0], by=account)


def _confirm(final: list[Minutes], account: Account) -> None:
    actions.confirm_minutes(final[0], by=account)


def _items(meeting: Meeting, **only: int) -> list[AgendaItem]:
    related = ("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
    items = AgendaItem.objects.filter(meeting=meeting, **only).select_related(*related)
    return list(items.order_by("position"))
