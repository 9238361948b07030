"""What comes with Jiequ: the key-household categories of DOMAIN §3 and the first consent texts. Ours, not anybody's rule; an office edits them."""

from __future__ import annotations

from typing import Any

_CARE = "按需要安排上门看望和帮助"
_AID = "告知和协助申请应享受的救助"


def _plain(code: str, name: str, purpose: str, tier: str = "quarter", keep_days: int = 365) -> dict[str, Any]:
    return {"code": code, "name": name, "purpose": purpose, "tier": tier, "keep_days": keep_days}


def _sensitive(code: str, name: str, purpose: str, tier: str = "month") -> dict[str, Any]:
    """Needs a consent of its own (ⓟ in DOMAIN §3), and is kept for less long."""
    return {**_plain(code, name, purpose, tier, keep_days=90), "is_sensitive": True}


CATEGORIES: tuple[dict[str, Any], ...] = (
    _plain("alone", "独居老人", _CARE, "week"),
    _plain("eighty", "高龄老人（80岁以上）", _CARE, "month"),
    _plain("empty-nest", "空巢老人", _CARE, "month"),
    _sensitive("disabled-elder", "失能半失能老人", _CARE, "week"),
    _sensitive("disabled", "残疾人", _CARE),
    _plain("allowance", "低保户", _AID, "month"),
    _plain("near-allowance", "低保边缘户", _AID),
    _plain("destitute", "特困供养", _AID, "month"),
    _sensitive("child", "困境和留守儿童", _CARE, "week"),
    _sensitive("orphan", "孤儿", _CARE, "week"),
    _plain("single-parent", "单亲困难家庭", _AID),
    _sensitive("illness", "重大疾病家庭", _AID),
    _plain("honoured", "优抚对象", "落实优抚政策，节日看望"),
    _sensitive("bereaved", "计生特殊家庭", _CARE),
    _plain("old-member", "困难党员和老党员", "组织关怀和看望"),
    _plain("job-seeker", "就业困难", "介绍岗位和培训"),
    _sensitive("expecting", "孕产妇", "告知孕产保健服务", "month"),
    _plain("new-work", "新就业群体", "联系和服务骑手、网约车司机等"),
    _plain("other", "其他", "按具体需要联系"),
)

CONSENT_TEXTS: dict[str, str] = {
    "contact": (
        "为了能定期联系、看望和帮助您，本社区登记您的称呼、电话、门牌和联系记录，只给负责联系的工作人员和党员使用，"
        "不公开、不打分、不排名。您搬走或不愿再被联系后，这些信息会被删除。您可以随时查看、更正、要求删除，或撤回同意，"
        "撤回不影响您享受任何公共服务。"
    ),
    "sensitive": (
        "您家的情况属于敏感个人信息。登记的目的只是安排合适的看望和帮助，加密保存，只给负责联系的人看，每次查看都有记录。"
        "您可以不同意，也可以随时撤回；撤回后这一项立即删除，其他服务不受影响。不满十四周岁的孩子由监护人同意。"
    ),
}
