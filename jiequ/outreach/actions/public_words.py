"""What the wall may say of a wish, and what it may not: nobody's name, number or door, and nothing that tells a thief where to go.

独居老人 together with a building is an invitation; "一位老人" (`Wish.about`) says enough, and the place comes after the claim.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from jiequ.core.permission import Refused
from jiequ.core.personal import has_personal_number
from jiequ.outreach.models import Household

_NUMERAL = "0-9一二三四五六七八九十百零〇两"
#: A building or a door, however it is written: 3栋502, 三号楼, B座, 2单元, 501室, 3-502, 3#502.
_DOOR = re.compile(
    rf"[{_NUMERAL}a-z]+\s*(?:栋|幢|号楼|号院|单元|巷|弄)"
    r"|[0-9a-z]\s*座(?!位|椅|谈)"
    rf"|[{_NUMERAL}]{{2,}}\s*(?:室|房(?!间))"
    r"|(?<!\d)\d{1,3}\s*[-#—–~]\s*\d{3,4}(?!\d)"
)
#: What says that somebody can be robbed or is poor or ill. The wall says whose wish it is by `about` alone.
_TELLING = (
    "独居", "一个人住", "独自居住", "空巢", "留守", "孤儿", "单亲", "低保", "特困", "贫困户", "残疾", "失能", "重病", "大病", "癌",
    "白血病", "精神病", "计生特殊", "失独", "刑满",
)  # fmt: skip
#: How a neighbour is called by the family name alone.
_TITLES = "奶奶|爷爷|阿姨|叔叔|伯伯|大爷|大妈|大娘|大叔|婆婆|阿婆|阿公|老师|师傅|先生|女士|小姐|大姐|大哥|家|姓|某|老|氏|姨|叔|伯|婶|嫂"
LONGEST = {"title": 30, "says": 120}


def one_line(text: str) -> str:
    return " ".join(text.split())


def check_public(household: Household | None, **words: str) -> None:
    """Refused, naming the field and what to write instead, for words that must not stand on the wall. `household` is whose wish
    it is, where it is known: its own name, number and room are looked for."""
    for field, text in words.items():
        if len(text) > LONGEST[field]:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": LONGEST[field]}, field=field)
        if (wrong := what_tells(text, household)) is not None:
            raise Refused(wrong, field=field)


def what_tells(text: str, household: Household | None = None) -> str | None:
    """What is wrong with words for the wall and what to write instead; None where nothing is."""
    if has_personal_number(text):
        return _("这里谁都能看到，不要写手机号和身份证号。认领后由网格员联系。")
    plain = unicodedata.normalize("NFKC", text).casefold()
    if (found := _DOOR.search(plain)) is not None:
        return _("不要写楼栋和门牌（“%(what)s”）。地点认领后才告诉认领人。") % {"what": found.group().strip()}
    for word in _TELLING:
        if word in plain:
            return _("不要写“%(what)s”，这会说出是谁家、家里怎样。谁的心愿选“一位老人”这样的说法就够了。") % {
                "what": word
            }
    if household is None:
        return None
    if _tells_of(plain, household):
        return _("这里写出了是哪一户。请去掉姓名、称呼、电话和门牌，只写想要什么。")
    return None


def _tells_of(plain: str, household: Household) -> bool:
    """The household's own name, its family name as neighbours say it, its number, its room, or its building's name."""
    name, phone, room = ("".join(_normal(text).split()) for text in (household.name, household.phone, household.room))
    close = "".join(plain.split())
    if len(name) > 1 and name in close:
        return True
    if household.kind == Household.Kind.HOUSEHOLD and name:
        family = re.escape(name[0])
        if re.search(rf"{family}(?:{_TITLES})|[老小阿]{family}", close):
            return True
    digits = re.sub(r"\D", "", phone)
    if len(digits) >= 7 and (digits in re.sub(r"\D", "", plain) or digits[-8:] in re.sub(r"\D", "", plain)):
        return True
    if len(room) > 2 and re.search(rf"(?<!\d){re.escape(room)}(?!\d)", close):
        return True
    place = _normal(household.building.name) if household.building is not None else ""
    return len(place) > 1 and place in close


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
