"""A motion's way in sentences, each with its moment: from what the motion itself knows, and naming nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.templatetags.jiequ import day
from jiequ.council.models import Motion, Progress, Proposer

S = Motion.State


def story(
    motion: Motion, proposer: Proposer, said: dict[str, Any] | None, done: Progress
) -> list[tuple[datetime, str]]:
    """Every move with its moment, the newest first. `said` is the excerpt of the minutes, `done` the current progress."""
    lines = [
        (proposer.proposed_at, _("您提出了这件事。")),
        *_screened(motion),
        *_decided(motion, said),
        *_carried_out(motion, done),
    ]
    told = sorted(((at, words) for at, words in lines if at is not None), key=lambda line: line[0])
    return told[::-1]  # of one moment too, what came later stands first


def _screened(motion: Motion) -> list[tuple[datetime | None, str]]:
    lines: list[tuple[datetime | None, str]] = []
    began = motion.collected_at  # improved and proposed again, it begins anew
    if motion.recommended_at and motion.recommended_at >= began:
        lines.append((motion.recommended_at, _("街区网格长看过，报社区审定。")))
    if motion.answered_at:
        lines.append((motion.answered_at, _("街区当时就答复了，没有上会。")))
    if motion.screened_at and motion.screened_at >= began:
        ended = {
            S.RETURNED: _("社区退回了：%(reason)s") % {"reason": motion.reason},
            S.REFERRED: _("转给%(to)s办：%(reason)s") % {"to": motion.referred_to, "reason": motion.reason},
            S.MERGED: _("并入另一件一起办。"),
        }
        lines.append((motion.screened_at, ended.get(S(motion.state), _("社区受理了，等街区理事会讨论。"))))
    return lines


def _decided(motion: Motion, said: dict[str, Any] | None) -> list[tuple[datetime | None, str]]:
    lines: list[tuple[datetime | None, str]] = []
    if motion.noticed_at and motion.meeting is not None:
        when = day(clock.day(motion.meeting.starts_at))
        lines.append((motion.noticed_at, _("列入议程并公告，%(day)s 开会讨论。") % {"day": when}))
    if motion.discussed_at:
        lines.append((motion.discussed_at, _("街区理事会开会讨论。")))
    if motion.decided_at:
        words = _("表决通过。") if motion.was_adopted else _("表决没有通过。")
        if said is not None and said["vote"]:
            vote = said["vote"]
            words = (_("表决通过：") if motion.was_adopted else _("表决没有通过：")) + _(
                "到会%(present)s人，赞成%(yes)s，反对%(no)s，弃权%(abstain)s。"
            ) % vote
        lines.append((motion.decided_at, words))
    lines.append((motion.confirmed_at, _("社区确认了决议。")))
    if motion.publicised_at and motion.public_until:
        lines.append((motion.publicised_at, _("决议公示到%(day)s。") % {"day": day(motion.public_until)}))
    return lines


def _carried_out(motion: Motion, done: Progress) -> list[tuple[datetime | None, str]]:
    again = motion.round > 1
    begins = _("满意的居民不够多，第%(n)s轮开始办。") % {"n": motion.round} if again else _("开始办。")
    lines: list[tuple[datetime | None, str]] = [(motion.following_at, begins)]
    lines += [(row.ended_at, _("办好了一项：%(what)s。") % {"what": row.what}) for row in done.rows if row.is_complete]
    if motion.evaluating_at and (motion.following_at is None or motion.evaluating_at >= motion.following_at):
        lines.append((motion.evaluating_at, _("办好了，请居民评价。")))
    lines.append((motion.concluded_at, _("办结了，谢谢您提出来。")))
    return lines
