"""A case's way in sentences, for whoever brought it or joined it: what was said to them and what was done, naming nobody.

Whoever joined reads what was said since; what others wrote, notes among handlers and objections are on no resident's page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from jiequ.cases.models import (
    Case,
    CaseMessage,
    CasePhoto,
    CaseRating,
    ClockChange,
    Complainant,
    Dispatch,
    Whistle,
)
from jiequ.core.templatetags.jiequ import day

Kind = CaseMessage.Kind
TOLD = (Kind.TO_RESIDENT, Kind.REPLY)


@dataclass
class Line:
    """One entry of the timeline. `quote` is what somebody wrote; `photos` are numbers of one's own page."""

    at: datetime
    words: str
    quote: str = ""
    photos: list[int] = field(default_factory=list)


class Seen:
    """What one complainant may see of the case: read once, at most seven statements."""

    def __init__(self, complainant: Complainant) -> None:
        self.complainant, self.case = complainant, complainant.case

    @cached_property
    def _others(self) -> dict[str, Any]:
        mine = self.complainant
        came = Q(came_with=mine.came_with_id) if mine.came_with_id else Q(came_with=None)
        return Complainant.objects.filter(case=self.case).aggregate(
            first=Min("pk", filter=came), n=Count("pk", filter=Q(withdrew_at=None) & ~Q(pk=mine.pk))
        )

    @property
    def others(self) -> int:
        """How many more wait for it."""
        return int(self._others["n"])

    @property
    def origin(self) -> Case:
        """The case as it was filed, also where it is now part of another."""
        return self.complainant.came_with or self.case

    @property
    def brought_it(self) -> bool:
        """True for whoever wrote the case; who joined later never reads its words."""
        return self.complainant.joined_at == self.origin.filed_at and self._others["first"] == self.complainant.pk

    @cached_property
    def messages(self) -> list[CaseMessage]:
        rows = CaseMessage.objects.filter(case__in={self.case.pk, self.origin.pk})  # said before it was merged as well
        mine = Q(kind=Kind.FROM_RESIDENT, complainant=self.complainant)
        since = (
            Q() if self.brought_it and not self.complainant.came_with_id else Q(said_at__gte=self.complainant.joined_at)
        )
        return list(rows.filter(mine | (Q(kind__in=TOLD) & since)))

    @cached_property
    def photos(self) -> list[CasePhoto]:
        """Of what is shown: one's own, and those beside what was said to residents."""
        shown = Q(message__in=[m.pk for m in self.messages])
        if self.brought_it:
            shown |= Q(case=self.origin, message=None)
        return list(CasePhoto.objects.filter(shown))

    @cached_property
    def changes(self) -> list[ClockChange]:
        return list(ClockChange.objects.filter(case=self.case, was_granted=True))

    @cached_property
    def ratings(self) -> list[CaseRating]:
        return list(CaseRating.objects.filter(case=self.case, complainant=self.complainant))

    @property
    def my_rating(self) -> CaseRating | None:
        return next((r for r in self.ratings if r.round == self.case.reopened), None)

    @property
    def news(self) -> str:
        """The first sentence of what was said last, where it is short enough to be the page's heading; not an answer that
        was not good enough."""
        told = [m for m in self.messages if m.kind in TOLD]
        if told and told[-1].kind == Kind.REPLY and self.case.closed_at is None:
            return ""
        first = told[-1].text.split("。")[0].split("\n")[0].strip() if told else ""
        return first if 0 < len(first) <= 24 else ""

    def story(self) -> list[Line]:
        """The newest first."""
        lines = [*self._mine(), *self._way(), *self._said(), *self._clock()]
        if not self.brought_it:
            lines = [line for line in lines if line.at >= self.complainant.joined_at]
        return sorted(lines, key=lambda line: line.at)[::-1]

    def _mine(self) -> list[Line]:
        first = [p.pk for p in self.photos if p.message_id is None]
        if self.brought_it:
            began = [Line(self.complainant.joined_at, _("您说："), self.origin.body, first)]
        else:
            began = [Line(self.complainant.joined_at, _("您也遇到了，一起等结果。"))]
        for rating in self.ratings:
            began.append(
                Line(rating.rated_at, _("您的评价：%(score)s。") % {"score": rating.get_score_display()}, rating.words)
            )
        if self.complainant.withdrew_at:
            began.append(Line(self.complainant.withdrew_at, _("您撤回了。")))
        return began

    def _way(self) -> list[Line]:
        case, lines = self.case, []
        if case.accepted_at:
            lines.append(Line(case.accepted_at, _("受理了。")))
        for dispatch in Dispatch.objects.filter(case=case).select_related("lead"):
            lines.append(Line(dispatch.dispatched_at, _("交给%(lead)s办理。") % {"lead": dispatch.lead.name}))
            if dispatch.acknowledged_at:
                lines.append(Line(dispatch.acknowledged_at, _("%(lead)s开始办。") % {"lead": dispatch.lead.name}))
        for whistle in Whistle.objects.filter(case=case):
            lines.append(
                Line(
                    whistle.called_at, _("这一级办不了，请%(level)s来帮。") % {"level": whistle.get_to_level_display()}
                )
            )
            if whistle.answered_at:
                lines.append(
                    Line(whistle.answered_at, _("%(level)s回应了。") % {"level": whistle.get_to_level_display()})
                )
        ended = {
            Case.State.DECLINED: _("没有受理。"),
            Case.State.REFERRED: _("转介到该办的地方。"),
        }.get(Case.State(case.state))
        if ended and case.ended_at:
            lines.append(Line(case.ended_at, ended, case.reason))
        return lines

    def _said(self) -> list[Line]:
        words = {Kind.FROM_RESIDENT: _("您补充："), Kind.TO_RESIDENT: _("告诉您："), Kind.REPLY: _("答复您：")}
        return [
            Line(m.said_at, words[Kind(m.kind)], m.text, [p.pk for p in self.photos if p.message_id == m.pk])
            for m in self.messages
        ]

    def _clock(self) -> list[Line]:
        lines = []
        for change in self.changes:
            until = {"day": day(change.until), "why": change.reason}
            words = (
                _("计时暂停，最迟到%(day)s：%(why)s")
                if change.kind == ClockChange.Kind.PAUSE
                else _("经批准延期到%(day)s：%(why)s")
            )
            if change.decided_at:
                lines.append(Line(change.decided_at, words % until))
            if change.ended_at:
                lines.append(Line(change.ended_at, _("计时继续。")))
        return lines
