"""Where a wish stands, in six steps and one sentence; what somebody can do about it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core.flow import act_label
from jiequ.core.models import JournalEntry
from jiequ.core.templatetags.jiequ import due as due_words
from jiequ.core.templatetags.jiequ import short_day as day
from jiequ.outreach.actions.wish_people import granters, is_claimers, is_drafter
from jiequ.outreach.models import Wish, WishClaim
from jiequ.outreach.workflow import WISH

S = Wish.State
C = WishClaim.State


@dataclass(frozen=True)
class Step:
    """`state` is done, now, todo or stopped."""

    label: Any
    state: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Button:
    label: Any
    url: str
    icon: str = ""
    is_first: bool = False
    at_once: bool = False
    asks: bool = False  # with scripts its form opens in a dialog


def steps_of(wish: Wish, claims: list[WishClaim]) -> list[Step]:
    at = next((n for n, (_key, _label, states) in enumerate(Wish.STEPS) if wish.state in states), -1)
    if wish.state == S.CONFIRMED:
        at = len(Wish.STEPS)
    elif at < 0:  # ended on the way: as far as it came
        at = 2 if wish.published_at else 1 if wish.verified_by_id else 0
    standing = [c for c in claims if c.holds]
    connected = [c for c in standing if c.state != C.HELD]
    done = [c for c in standing if c.state == C.DONE]
    count = _("%(n)s/%(of)s 份")
    lines = {
        "verify": (_("%(day)s 登记") % {"day": day(wish.drafted_at)},),
        "publish": (day(wish.published_at),) if wish.published_at else (),
        "claim": (count % {"n": wish.parts_taken, "of": wish.parts},) if wish.published_at else (),
        "connect": (count % {"n": sum(c.parts for c in connected), "of": wish.parts},) if standing else (),
        "fulfil": (count % {"n": sum(c.parts for c in done), "of": wish.parts},) if standing else (),
        "confirm": (day(wish.confirmed_at),) if wish.confirmed_at else (),
    }
    rows = []
    for n, (key, label, _states) in enumerate(Wish.STEPS):
        state = "done" if n < at else "todo" if n > at else "stopped" if wish.has_ended else "now"
        rows.append(Step(label, state, lines[key] if state != "todo" else ()))
    return rows


def now_words(wish: Wish, claims: list[WishClaim]) -> str:
    """One sentence: what is, and who must act."""
    waiting = sum(1 for c in claims if c.state == C.WAITING)
    line = _("另有 %(n)s 个在排队。") % {"n": waiting} if waiting else ""
    if wish.state == S.DRAFT:
        return _("等街区核实：小不小、办不办得到、合不合理。")
    if wish.state == S.VERIFIED:
        return _("核实过了，等写一句不说是谁的话发布上墙。")
    if wish.state == S.PUBLISHED:
        return (_("还有 %(n)s 份等人认领。") % {"n": wish.parts_left}) + line
    if wish.state == S.CLAIMED:
        dues = [c.connect_due_at for c in claims if c.state == C.HELD and c.connect_due_at]
        return (
            _("有人认领了，%(due)s对接；到期没对接就让给下一位。") % {"due": due_words(min(dues))}
            if dues
            else _("有人认领了。")
        ) + line
    if wish.state == S.CONNECTED:
        return _("双方对接上了，正在圆心愿。") + line
    if wish.state == S.FULFILLED:
        return _("都送到了，等心愿人一方确认。")
    if wish.state == S.CONFIRMED:
        return _("已实现，心愿人一方确认过。")
    if wish.state == S.RETURNED:
        return _("已退回：%(why)s") % {"why": wish.reason}
    if wish.state == S.WITHDRAWN:
        return _("已撤回：%(why)s") % {"why": wish.reason}
    return _("不是小心愿，已转为诉求办理。")


#: Label, icon, and whether it is done at once, of each move's button.
BUTTONS: dict[str, tuple[Any, str]] = {
    "publish": (gettext_lazy("核实并发布"), "speakerphone"),
    "return": (gettext_lazy("退回"), "arrow-back-up"),
    "turn": (gettext_lazy("转诉求"), "message-report"),
    "redraft": (gettext_lazy("修改后再报"), "edit"),
    "edit": (gettext_lazy("修改"), "edit"),
    "withdraw": (gettext_lazy("撤回"), "x"),
    "claim": (gettext_lazy("认领"), "gift"),
    "confirm": (gettext_lazy("确认实现"), "check"),
    "dispute": (gettext_lazy("还没收到"), "x"),
    "link": (gettext_lazy("给心愿人链接"), "qrcode"),
}


def allowed(wish: Wish, account: Any, claims: list[WishClaim] | None = None) -> list[str]:
    """The moves open to `account` now, the first the one to press. `claims` of the wish, where they have been read."""
    verifies = account.may("outreach.verify_wish", wish.unit)
    publishes = account.may("outreach.publish_wish", wish.unit)
    mine = is_drafter(wish, account) or verifies
    names: list[str] = []
    if wish.state in (S.DRAFT, S.VERIFIED):
        names += ["publish"] if publishes else []
        names += ["return"] if verifies else []
        if verifies and wish.case_id is None and account.may("cases.file_case", wish.unit):
            names.append("turn")
        names += ["edit"] if mine else []
    elif wish.state == S.RETURNED:
        names += ["redraft"] if mine else []
    elif wish.state in Wish.ON_THE_WALL:
        if account.may("outreach.claim_wish", wish.unit) and not _has_claim(wish, account, claims):
            names.append("claim")
        names += ["edit"] if publishes else []
    elif wish.state == S.FULFILLED and may_confirm(wish, account):
        names += ["confirm", "dispute"]
    if wish.state in WISH.moves["withdraw"].sources and mine and account.may("outreach.draft_wish", wish.unit):
        names.append("withdraw")
    if (
        mine
        and not wish.has_ended
        and wish.state not in (S.DRAFT, S.VERIFIED)
        and not _has_claim(wish, account, claims)
    ):
        names.append("link")
    return names


def may_confirm(wish: Wish, account: Any) -> bool:
    if not is_drafter(wish, account) and not account.may("outreach.confirm_wish", wish.unit):
        return False
    return account.person_id not in granters(wish)


def _has_claim(wish: Wish, account: Any, claims: list[WishClaim] | None) -> bool:
    if claims is None:
        claims = list(wish.claims.all())
    return any(
        c.person_id == account.person_id and c.team_id is None and (c.holds or c.state == C.WAITING) for c in claims
    )


def offered(wish: Wish, account: Any, claims: list[WishClaim]) -> list[Button]:
    """The buttons of a wish's page, the one to press last, where the eye ends."""
    names = allowed(wish, account, claims)
    mine = [c for c in claims if is_claimers(c, account)]
    buttons = [
        _button(wish, name, is_first=n == 0 and name in ("publish", "redraft", "claim", "confirm") and not mine)
        for n, name in enumerate(names)
    ]
    for claim in mine:
        buttons += claim_buttons(claim, is_first=True)
    buttons.sort(key=lambda b: b.is_first)
    return buttons


def _button(wish: Wish, name: str, *, is_first: bool) -> Button:
    label, icon = BUTTONS[name]
    if name == "publish" and wish.state == S.VERIFIED:
        label = _("发布")
    if name == "claim" and not wish.parts_left:
        label, icon = _("排队"), "clock"
    asks = name in ("claim", "return", "withdraw", "turn")
    return Button(label, reverse("wish-move", args=[wish.pk, name]), icon, is_first, asks=asks)


def claim_buttons(claim: WishClaim, *, is_first: bool = False) -> list[Button]:
    """What can be done with one claim, by whoever may."""

    def button(name: str, label: Any, icon: str, *, first: bool = False, **more: Any) -> Button:
        return Button(label, reverse("wish-claim-move", args=[claim.pk, name]), icon, first and is_first, **more)

    if claim.state == C.HELD:
        return [
            button("give_up", _("办不了，让给别人"), "x", asks=True),
            button("connect", _("对接上了"), "phone", first=True, at_once=True),
        ]
    if claim.state == C.CONNECTED:
        return [
            button("give_up", _("办不了，让给别人"), "x", asks=True),
            button("bring", _("送到了"), "gift", first=True, asks=True),
        ]
    if claim.state == C.WAITING:
        return [button("give_up", _("不排了"), "x", asks=True)]
    return []


def said(entry: JournalEntry) -> str:
    """An entry in a few words; parts where they count."""
    words = str(act_label(entry.kind, entry.verb))
    parts = entry.facts.get("parts")
    if parts and parts > 1 and entry.kind == "outreach.wishclaim":
        words = _("%(words)s %(n)s 份") % {"words": words, "n": parts}
    return words
