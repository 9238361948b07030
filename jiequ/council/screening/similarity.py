"""How alike two motions are, by their own words: shared pairs of characters, what they are about, and where.

Shared pairs alone (Dice) are misled by places: 球场东侧装路灯 and 球场东侧装座椅 share two thirds of theirs. So two motions about
different subjects are never alike, and the same subject in the same place always is. The thresholds are ours, tried on pairs
in the tests; a hint costs a glance, a missed one costs a second meeting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from jiequ.core.wordings import normal
from jiequ.council.models import Motion

LIKELY = 0.5
READ = 300  # characters of a body that are compared

_FILLER = re.compile(
    r"我们|咱们|大家|希望|建议|请求|想要|能不能|能否|可不可以|可以|是不是|一下|街区|社区|小区|这里|那里|那边|附近|一直|非常|真的|请|想|的|了|吗|呢|吧|在|有|很|要"
)
_PLACES = re.compile(
    r"(?P<noun>篮?球场|足球场|[老新]?村口|祠堂|榕树|市场|小学|中学|学校|幼儿园|公交站|车站|工业区|河边|停车场|垃圾屋|党群服务站|服务站|(?:文化)?广场(?!舞)|商铺街|商业街|"
    r"(?:出租屋)?[\d一二三四五六七八九十]+(?:巷|栋|号楼|号围|围|单元|座|号|街|路)|水塔|健身角|社康|菜地|变电箱|公园|凉亭|天桥|[东南西北]门)"
    r"[的]?(?P<side>[东南西北](?=侧|边|面|头))?"
)
_SUBJECTS: dict[str, str] = {
    "glare": r"太亮|刺眼|光污染",
    "light": r"路灯|照明|太黑|很黑|漆黑|好黑|黑漆漆|灯泡|灯管|装灯|几盏|盏灯|灯坏|灯不亮|摸黑",
    "flyers": r"小广告",
    "board": r"广告牌|招牌",
    "bins": r"垃圾|投放点|分类投放",
    "drain": r"排水|下水道|水沟|污水|内涝|水浸|返水",
    "pests": r"蚊|老鼠|灭鼠|蟑螂|消杀",
    "toilet": r"公厕|厕所|洗手间",
    "dogs": r"遛狗|狗粪|狗屎|养犬|流浪狗|狗",
    "charge": r"充电",
    "road": r"路面|坑洼|坑坑|补路|修路|水泥路|路不平|不平整",
    "ramp": r"坡道|轮椅|无障碍|台阶",
    "seats": r"座椅|椅子|凳|没处坐|没地方坐",
    "shelter": r"雨棚|遮雨|淋雨",
    "speed": r"减速带|冲得快|开得快|开太快|飞快|飙车|超速",
    "fire": r"消防通道|地锁|消防车",
    "lawn": r"闲置|杂草|荒地",
    "film": r"电影|放映",
    "phone": r"智能手机|手机课|不会用手机",
    "childcare": r"四点半|看护|托管|放学没人",
    "noise": r"广场舞|音响|噪音|噪声|扰民|声音大|吵得",
    "fair": r"邻里节|百家宴|认识邻居",
    "books": r"图书|看书|读书|阅览",
    "stalls": r"占道|摆摊|摊贩|地摊|小贩",
    "wires": r"电线|飞线|线缆|拉线",
    "bikes": r"单车|自行车",
    "dead_cars": r"僵尸车|废弃车|没人要的车",
    "parking": r"乱停|停车难|车位|划车位",
    "vaccine": r"疫苗|接种",
    "testing": r"核酸|采样",
    "washing": r"洗手|消毒",
    "green": r"绿化|树枝|修剪|种花|种树",
    "fitness": r"健身器材|单杠|器材",
    "cover": r"井盖",
    "camera": r"监控|摄像头",
    "lift": r"电梯",
    "leak": r"漏水|水管",
    "renovation": r"装修|建筑垃圾",
    "forms": r"填表|填报|登记表|张表",
    "delivery": r"送菜|买菜|送药",
}
_SUBJECT = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _SUBJECTS.items()))


@dataclass(frozen=True)
class Profile:
    """What a motion is compared by."""

    title: frozenset[str]
    text: frozenset[str]
    subjects: frozenset[str]
    places: frozenset[tuple[str, str]]  # a noun and a side of it, or ""

    @classmethod
    def of(cls, motion: Motion) -> Profile:
        return _profile(motion.title, motion.body[:READ], motion.place)


@lru_cache(maxsize=4096)
def _profile(title: str, body: str, place: str) -> Profile:
    whole = normal(f"{title}。{place}。{body}")
    places = frozenset((_short(m["noun"]), m["side"] or "") for m in _PLACES.finditer(whole))
    # A rubbish house is a place: what stands beside it need not be about rubbish.
    subjects = frozenset(m.lastgroup for m in _SUBJECT.finditer(_PLACES.sub("。", whole)) if m.lastgroup)
    return Profile(_pairs(title), _pairs(title) | _pairs(body), subjects, places)


def likeness(one: Profile, other: Profile) -> float:
    """From 0 (nothing in common, or about different things) to 1; LIKELY and above is shown."""
    shared = one.subjects & other.subjects
    if one.subjects and other.subjects and not shared:
        return 0.0
    if "glare" in one.subjects ^ other.subjects:
        return 0.0  # too dark and too bright are opposite wishes
    words = max(_dice(one.title, other.title), _dice(one.text, other.text))
    there = _same_place(one, other)
    if shared:
        if there is True:
            return min(1.0, max(words + 0.2, LIKELY))
        return words * 0.6 if there is False else min(1.0, words + 0.1)
    return words * 0.6 if there is False else words


def _same_place(one: Profile, other: Profile) -> bool | None:
    """True or False where both say where; None where one does not."""
    if not one.places or not other.places:
        return None
    return any(a == b and (not s or not t or s == t) for a, s in one.places for b, t in other.places)


def _short(noun: str) -> str:
    return {"篮球场": "球场", "足球场": "球场", "老村口": "村口", "文化广场": "广场"}.get(noun, noun).removeprefix(
        "出租屋"
    )


def _pairs(text: str) -> frozenset[str]:
    plain = re.sub(r"\W+", "", _FILLER.sub("", normal(text)))
    return frozenset(plain[n : n + 2] for n in range(len(plain) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
