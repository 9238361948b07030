"""Does the record hold together? Asked before the minutes become final. A `stop` must be mended first, a `warn` may stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from jiequ.council.documents.quorum import present_range, recused_by
from jiequ.council.documents.record import Content, standing
from jiequ.council.models import AgendaItem, Ballot, Meeting
from jiequ.council.models.councils import Fraction

OVER = (Meeting.State.CLOSED, Meeting.State.ADJOURNED)


@dataclass(frozen=True)
class Finding:
    """What does not hold; `code` is stable and `item` the agenda's position it is about (0: the meeting)."""

    code: str
    level: Literal["stop", "warn"]
    text: str
    item: int = 0


def findings(content: Content) -> list[Finding]:
    """Everything that is wrong with the record, what stops first."""
    found = _meeting(content)
    for item in content["items"]:
        found += _item(content, item)
    return sorted(found, key=lambda finding: (finding.level != "stop", finding.item))


def stops(content: Content) -> list[Finding]:
    return [finding for finding in findings(content) if finding.level == "stop"]


def _meeting(content: Content) -> list[Finding]:
    found = []
    if content["state"] not in OVER:
        found.append(Finding("not_over", "stop", _("会议还没有结束，散会后才能定稿。")))
    inside = sum(row["to"] is None for row in (*content["stays"], *content["guests"]))
    if inside and content["state"] in OVER:
        found.append(Finding("still_inside", "stop", _("还有%(n)s人没有登记离会。") % {"n": inside}))
    opened, closed = content["opened_at"], content["closed_at"]
    spans = [(row["from"], row["to"]) for row in (*content["stays"], *content["guests"])]
    if not all(_in_order(*span) for span in [(opened, closed), *spans]):
        found.append(Finding("times", "stop", _("开会、散会或到会、离会的时间前后颠倒。")))
    if content["secretary"] is None:
        found.append(Finding("no_secretary", "warn", _("没有指定记录人。")))
    if content["chair"] is None:
        found.append(Finding("no_chair", "warn", _("没有指定主持人。")))
    return found


def _item(content: Content, item: dict[str, Any]) -> list[Finding]:
    at, found = item["position"], []

    def say(code: str, level: Literal["stop", "warn"], text: str) -> None:
        found.append(Finding(code, level, _("第%(n)s项：%(text)s") % {"n": at, "text": text}, at))

    counted = standing(item)
    voted = item["outcome"] in (AgendaItem.Outcome.PASSED, AgendaItem.Outcome.NOT_PASSED)
    if content["state"] in OVER and not item["outcome"]:
        say("no_outcome", "stop", _("没有结果。"))
    if any(not b["closed_at"] and not b["set_aside_at"] for b in item["ballots"]):
        say("open_ballot", "stop", _("表决还没有结束。"))
    if voted and (counted is None or counted["outcome"] != item["outcome"]):
        say("no_ballot", "stop", _("记了表决结果，但没有与它相符的有效表决。"))
    if not voted and counted is not None:
        say("unused_ballot", "stop", _("有一次有效表决没有记成结果。"))
    if sum(bool(b["closed_at"]) and not b["set_aside_at"] for b in item["ballots"]) > 1:
        say("two_ballots", "stop", _("有不止一次有效表决。"))
    for ballot in item["ballots"]:
        if ballot["closed_at"]:
            for code, text in _ballot(content, item, ballot):
                # What was set aside has no effect; that it was wrong may be why.
                say(code, "warn" if ballot["set_aside_at"] else "stop", text)
    ends = [b["closed_at"] or b["set_aside_at"] for b in item["ballots"]]
    starts = [b["opened_at"] for b in item["ballots"]]
    line = [content["opened_at"], item["opened_at"], *starts[:1], *ends[-1:], content["closed_at"]]
    turns = [(s["began_at"], s["ended_at"]) for s in item["speeches"]]
    if not _in_order(*line) or not all(_in_order(*pair) for pair in [*zip(starts, ends, strict=True), *turns]):
        say("times", "stop", _("讨论、表决或发言的时间前后颠倒。"))
    mute = sum(not speech["gist"] for speech in item["speeches"])
    if mute:
        say("no_gist", "warn", _("有%(n)s次发言没有记摘要。") % {"n": mute})
    return found


def _ballot(content: Content, item: dict[str, Any], ballot: dict[str, Any]) -> list[tuple[str, str]]:
    found, n = [], {"n": ballot["round"]}
    if ballot["yes"] + ballot["no"] + ballot["abstain"] != ballot["present"]:
        found.append(("sum", _("第%(n)s轮赞成、反对、弃权相加不等于实到。") % n))
    if ballot["present"] < ballot["quorum_need"]:
        found.append(("quorum", _("第%(n)s轮表决时没有达到法定人数。") % n))
    fewest, most = present_range(content, item, ballot["closed_at"])
    if not fewest <= ballot["present"] <= most:
        found.append(("presence", _("第%(n)s轮的实到人数与到会登记对不上。") % n))
    if Fraction(*ballot["majority"]).met(ballot["yes"], ballot["present"]) != (
        ballot["outcome"] == Ballot.Outcome.PASSED
    ):
        found.append(("majority", _("第%(n)s轮的结果与票数、规则不符。") % n))
    out = recused_by(item, ballot["closed_at"], strictly=True)
    if any(vote["person"] in out and vote["counts"] for vote in ballot["votes"]):
        found.append(("recused", _("第%(n)s轮计入了回避人员的票。") % n))
    named = [vote["choice"] for vote in ballot["votes"] if vote["counts"]]
    if named and any(named.count(choice) != ballot[choice] for choice in ("yes", "no", "abstain")):
        found.append(("names", _("第%(n)s轮的记名名单与票数不符。") % n))
    return found


def _in_order(*moments: str | None) -> bool:
    """The moments that are known do not go backwards."""
    known = [moment for moment in moments if moment is not None]
    return known == sorted(known)
