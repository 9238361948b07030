"""What was found on a visit is brought before the block's council: its words, without whose they are, and where."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from jiequ.cases.actions.filing import title_of
from jiequ.core.permission import Actor, require
from jiequ.core.writing import action
from jiequ.council.actions.motions import collect_motion
from jiequ.council.models import Motion
from jiequ.outreach.actions.findings import block_of, words_for_others
from jiequ.outreach.models import Finding
from jiequ.outreach.workflow import Turning, turns_into


@action
def raise_from_finding(
    finding: Finding, *, by: Actor, title: str = "", body: str = "", category: str = "", budget: int | None = None
) -> Motion:
    """A motion of the block where it was found. Name, number and door of the household are left out; whoever visited is the
    proposer and is told of every move. `turn_finding` links both."""
    block = block_of(finding.visit)
    require(by, "council.collect_motion", block)
    words = words_for_others(finding)
    motion, _secret = collect_motion(
        block, by=by, title=title or title_of(words), body=body or words, category=category or Motion.Category.OTHER,
        place=finding.visit.unit.name[:60], budget=budget,
    )  # fmt: skip
    return motion


def may_be_raised(finding: Finding, account: Any) -> bool:
    return bool(account.may("council.collect_motion", finding.visit.unit))


turns_into(
    Turning(Finding.Kind.MOTION, _("转议题"), "users-group", raise_from_finding, may_be_raised, page="finding-motion")
)
