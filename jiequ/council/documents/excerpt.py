"""What the minutes say about one motion, for those who proposed it: the decision and its numbers, and nobody's name."""

from __future__ import annotations

from typing import Any

from jiequ.core import clock
from jiequ.council.models import AgendaItem, Ballot, Meeting, Minutes, Motion


def excerpt(motion: Motion) -> dict[str, Any] | None:
    """The latest decision of a meeting that is over about `motion`, or None where there is none. Two statements.

    `sequence` and `held_on` say which meeting; `outcome` is a value of AgendaItem.Outcome and `outcome_label` its word;
    `is_final` whether the minutes can still be changed. `vote` is None where nothing was voted, else `kind`,
    `kind_label`, `question`, `round` and the numbers `seats`, `present`, `recused`, `yes`, `no`, `abstain`, `need`.
    """
    over = (Meeting.State.CLOSED, Meeting.State.ADJOURNED)
    item = (
        AgendaItem.objects.filter(motion_id=motion.pk, meeting__state__in=over)
        .exclude(outcome="")
        .select_related("meeting", "meeting__paper_of_record")
        .defer("meeting__paper_of_record__content")
        .order_by("-meeting__starts_at", "-pk")
        .first()
    )
    if item is None:
        return None
    minutes: Minutes | None = getattr(item.meeting, "paper_of_record", None)
    ballot = Ballot.objects.standing().filter(item=item).first()
    return {
        "meeting": str(item.meeting),
        "sequence": item.meeting.sequence,
        "held_on": clock.day(item.meeting.opened_at or item.meeting.starts_at),
        "outcome": item.outcome,
        "outcome_label": item.get_outcome_display(),
        "is_final": minutes is not None and minutes.is_final,
        "vote": None if ballot is None else {
            "kind": ballot.kind,
            "kind_label": ballot.get_kind_display(),
            "question": ballot.question,
            "round": ballot.round,
            "seats": ballot.seats,
            "present": ballot.present,
            "recused": ballot.recused,
            "yes": ballot.yes,
            "no": ballot.no,
            "abstain": ballot.abstain,
            "need": ballot.needed,
        },
    }  # fmt: skip
