"""What can be seen in a motion's own words before anybody decides about it: findings that say what to do.

Pure functions: a motion and the rows to compare it with go in, sentences come out; nothing is read and nothing decided. A
finding is a hint. Whoever screens presses its button or does not. The words looked for are ours (DOMAIN §2), the law is quoted:

Civil Code art. 278 (民法典第二百七十八条), matters that the owners of a building decide together: (1) 制定和修改业主大会议事规则;
(2) 制定和修改管理规约; (3) 选举业主委员会或者更换业主委员会成员; (4) 选聘和解聘物业服务企业或者其他管理人; (5) 使用建筑物及其附属设施的
维修资金; (6) 筹集建筑物及其附属设施的维修资金; (7) 改建、重建建筑物及其附属设施; (8) 改变共有部分的用途或者利用共有部分从事经营活动;
(9) 有关共有和共同管理权利的其他重大事项. Owners of at least two thirds of the area and two thirds of the number must take part; items
(6) to (8) need at least three quarters of those taking part on both bases, the others more than half on both.
"以上" includes the number itself (art. 1259).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiequ.core.personal import has_personal_number
from jiequ.core.wordings import EMERGENCIES, first_of, normal, sentences
from jiequ.council.models import Motion
from jiequ.council.screening.signs import (
    ARTICLE_278,
    FULL_NAME,
    OWNERS,
    PLACE,
    QUICK,
    SCOPE,
    SPECIAL_ITEMS,
    TOO_BIG,
    UNLAWFUL,
)
from jiequ.council.screening.similarity import LIKELY, Profile, likeness

QUICK_YUAN = 500  # ours: what is spent without asking a meeting
SHORT = 12  # characters of a situation below which nothing specific has been said
SHOWN = 3  # likely duplicates at most


@dataclass(frozen=True)
class Finding:
    """One hint. `key` names it in an address; `move` is the flow's name of what it points at, with what its form is filled with."""

    kind: str
    key: str
    words: str
    move: str = ""
    reason: str = ""  # what the proposer would be told
    referred_to: str = ""
    other: Motion | None = None


def carried_by_owners(heads: tuple[int, int, int], area: tuple[Decimal, Decimal, Decimal], *, is_special: bool) -> bool:
    """Civil Code art. 278 on both bases; each is (all owners, taking part, in favour). Exact at its boundaries."""
    for all_, cast, yes in (heads, area):
        if Fraction(cast) / Fraction(all_) < Fraction(2, 3):
            return False
        if is_special and Fraction(yes) / Fraction(cast) < Fraction(3, 4):
            return False
        if not is_special and Fraction(yes) / Fraction(cast) <= Fraction(1, 2):
            return False
    return True


def findings(motion: Motion, others: Iterable[Motion] = ()) -> list[Finding]:
    """Everything to be said about `motion`, the most pressing first; `others` are the block's motions to compare it with.

    What is too vague, and what is small enough for the quick track, is only said where nothing weightier was found.
    """
    said = sentences(motion.title, motion.body)
    found = [*_emergency(said), *_personal(motion), *_unlawful(said), *_owners(motion, said), *_scope(said)]
    settled = any(f.move in {"return", "refer"} for f in found)
    found += duplicates(motion, others)
    if not settled:
        found += _vague(motion, said) or _quick(motion, said)
    return found


def duplicates(motion: Motion, others: Iterable[Motion]) -> list[Finding]:
    """The likeliest of `others` to be the same matter: those that are still open first."""
    mine = Profile.of(motion)
    near = [(likeness(mine, Profile.of(other)), other) for other in others if other.pk != motion.pk]
    likely = sorted((n for n in near if n[0] >= LIKELY), key=lambda n: (n[1].has_ended, -n[0]))
    return [_duplicate(other) for _score, other in likely[:SHOWN]]


def _duplicate(other: Motion) -> Finding:
    told = {"number": other.number, "title": other.title, "state": other.get_state_display()}
    if other.has_ended:
        words = _("和 %(number)s“%(title)s”很像，那件%(state)s。先看看当时的结果，再决定这件怎么办。")
        return Finding("duplicate", f"duplicate-{other.pk}", words % told, other=other)
    words = _("和 %(number)s“%(title)s”很像，那件%(state)s。是同一件事就并过去，提出人一个都不会丢。")
    reason = _("与 %(number)s 是同一件事，并到一起办。") % told
    return Finding("duplicate", f"duplicate-{other.pk}", words % told, "merge", reason, other=other)


def _emergency(said: list[str]) -> list[Finding]:
    sign = first_of(EMERGENCIES, said)
    if sign is None:
        return []
    words = _("写的像是紧急情况：请马上打%(number)s，也请联系提出人确认平安。不要等上会。") % {"number": sign.to}
    reason = _("这是紧急情况，请马上打%(number)s。险情解除后，要街区商量的事欢迎再提。") % {"number": sign.to}
    return [Finding("emergency", "emergency", words, "refer", reason, str(sign.to))]


def _personal(motion: Motion) -> list[Finding]:
    in_title = has_personal_number(motion.title) or _names_somebody(motion.title)
    if in_title:
        words = _("标题里有像姓名、手机号或身份证号的内容。标题会公开，报审定时请换成不带个人信息的说法。")
        return [Finding("personal", "personal-title", words, "recommend")]
    if has_personal_number(motion.body) or _names_somebody(motion.body):
        words = _("正文里有像姓名、手机号或身份证号的内容。正文只给办理人员看，写公告、决议时不要带上。")
        return [Finding("personal", "personal-body", words)]
    return []


def _names_somebody(text: str) -> bool:
    return FULL_NAME.search(normal(text)) is not None


def _unlawful(said: list[str]) -> list[Finding]:
    sign = first_of(UNLAWFUL, said)
    if sign is None:
        return []
    words = _("%(why)s建议退回，请提出人换个办法。") % {"why": sign.why}
    return [Finding("unlawful", f"unlawful-{sign.key}", words, "return", str(sign.why) + str(sign.to))]


def _owners(motion: Motion, said: list[str]) -> list[Finding]:
    """By wording, and by category: a one-off event or an epidemic measure changes no common part's use."""
    passing = motion.category in {Motion.Category.EPIDEMIC, Motion.Category.CULTURE}
    sign = first_of([s for s in OWNERS if not (passing and s.item in {7, 8, 9})], said)
    if sign is None:
        return []
    told = {
        "item": sign.item if (get_language() or "").startswith("en") else "一二三四五六七八九"[sign.item - 1],
        "what": ARTICLE_278[sign.item - 1],
        "share": _("四分之三以上") if sign.item in SPECIAL_ITEMS else _("过半数"),
    }
    words = _(
        "像是业主共同决定的事项（民法典第278条第%(item)s项：%(what)s）：要由面积和人数都占三分之二以上的业主参与表决，"
        "并经其中面积和人数都%(share)s同意，理事会不能代替。请转业主大会；如果不是小区的共有部分，可以照常受理。"
    )
    reason = _(
        "这是业主共同决定的事项（民法典第278条第%(item)s项：%(what)s），理事会不能代替决定。须由面积和人数都占三分之二以上的业主"
        "参与表决，并经其中面积和人数都%(share)s同意。"
    )
    return [Finding("owners", f"owners-{sign.item}", words % told, "refer", reason % told, _("业主大会"))]


def _scope(said: list[str]) -> list[Finding]:
    sign = first_of(SCOPE, said)
    if sign is None:
        return []
    words = _("%(why)s理事会定不了，请转%(to)s，并告诉提出人怎么联系。") % {"why": sign.why, "to": sign.to}
    reason = _("%(why)s理事会定不了，转%(to)s办。") % {"why": sign.why, "to": sign.to}
    return [Finding("scope", f"scope-{sign.key}", words, "refer", reason, str(sign.to))]


def _vague(motion: Motion, said: list[str]) -> list[Finding]:
    """Neither a place nor enough of the situation: what is missing is asked for, not guessed."""
    text = "".join(said)
    has_place = bool(motion.place.strip()) or PLACE.search(text) is not None
    profile = Profile.of(motion)
    is_short = len(normal(motion.body)) < SHORT
    if has_place and (profile.subjects or not is_short):
        return []
    if profile.subjects and not is_short:
        return [] if not _needs_place(profile) else [_ask(_("哪里（楼栋、路段或路口）"))]
    missing = [] if has_place else [_("哪里（楼栋、路段或路口）")]
    missing += [_("现在是什么情况"), _("希望街区具体做什么")]
    return [_ask("、".join(missing))]


def _needs_place(profile: Profile) -> bool:
    """A lamp stands somewhere; a course for the old does not have to."""
    return bool(profile.subjects & {"light", "road", "drain", "wires", "cover", "stalls", "bins", "seats", "shelter"})


def _ask(missing: str) -> Finding:
    words = _("还不够具体，上会说不清。请提出人补上：%(missing)s。") % {"missing": missing}
    reason = _("谢谢您提出来。还不够具体，请补上：%(missing)s，再提交就可以。") % {"missing": missing}
    return Finding("vague", "vague", words, "return", reason)


def _quick(motion: Motion, said: list[str]) -> list[Finding]:
    small = (motion.budget or 0) <= QUICK_YUAN and not motion.is_major and sum(map(len, said)) <= 150
    if not small or motion.rule_id is None or motion.state != Motion.State.COLLECTED:
        return []
    if any(TOO_BIG.search(s) for s in said) or not any(
        QUICK.search(PLACE.sub("，", s)) for s in said
    ):  # beside the rubbish house is not about rubbish
        return []
    words = _("像是顺手能办的小事：可以走即时议，%(hours)s小时内答复提出人，不用上会。") % {
        "hours": motion.rule.quick_hours
    }
    return [Finding("quick", "quick", words, "take_quick")]
