"""The categories that come with Jiequ: what people of an urban village (城中村) ask for. Ours, not anybody's rule; an office edits them."""

from __future__ import annotations

from typing import Any

from jiequ.cases.models import Kind


def _choice(
    code: str, order: int, asks: str, values: dict[str, str], *, several: bool = False, required: bool = False
) -> dict[str, Any]:
    """An Open311 attribute that is chosen from a list, never typed."""
    return {
        "variable": True,
        "code": code,
        "datatype": "multivaluelist" if several else "singlevaluelist",
        "required": required,
        "datatype_description": "",
        "order": order,
        "description": asks,
        "values": [{"key": key, "name": name} for key, name in values.items()],
    }


#: In the order of the public form. What is dangerous comes first, what others decide comes last, with the way there.
SHIPPED: tuple[dict[str, Any], ...] = (
    {
        "code": "fire-passage",
        "name": "消防通道堵塞",
        "group": "公共安全",
        "says": "楼道、疏散通道、消防车道被占用或锁闭。",
        "keywords": "消防通道、疏散通道、楼道堵、堆物、安全出口、防盗网、锁死、消防栓",
        "kind": Kind.REPORT,
        "is_urgent": True,
    },
    {
        "code": "electric-fire-risk",
        "name": "电气火患",
        "group": "公共安全",
        "says": "飞线充电、电动车进楼、电线老化、私拉乱接。",
        "keywords": "飞线、充电、电动车、电瓶车、私拉、电线、老化、跳闸、冒火花、入户",
        "kind": Kind.REPORT,
        "is_urgent": True,
    },
    {
        "code": "stair-lighting",
        "name": "楼道照明",
        "group": "设施维护",
        "says": "楼道灯不亮、常亮、开关坏了。",
        "keywords": "楼道灯、声控灯、楼梯灯、不亮、灯坏、照明",
        "kind": Kind.HELP,
    },
    {
        "code": "street-lighting",
        "name": "路灯",
        "group": "设施维护",
        "says": "巷道、广场、球场的路灯不亮或缺灯。",
        "keywords": "路灯、巷子黑、没有灯、灯杆、球场灯",
        "kind": Kind.HELP,
        "attributes": [
            _choice(
                "TROUBLE",
                1,
                "灯怎么了",
                {"out": "不亮", "blinks": "时亮时灭", "day": "白天也亮", "missing": "这里没有灯"},
                required=True,
            ),
            _choice("POLE", 2, "灯杆", {"fine": "完好", "leans": "倾斜", "broken": "断裂或露线"}),
        ],
    },
    {
        "code": "road-pavement",
        "name": "道路破损",
        "group": "设施维护",
        "says": "路面坑洼、井盖松动缺失、盲道被毁。",
        "keywords": "路面、坑、井盖、破损、塌陷、盲道、台阶、积水坑",
        "kind": Kind.HELP,
    },
    {
        "code": "water-drainage",
        "name": "排水与供水",
        "group": "设施维护",
        "says": "下水道堵、污水外溢、内涝、水管漏、停水。",
        "keywords": "下水道、堵、污水、化粪池、漏水、停水、积水、内涝、水压",
        "kind": Kind.HELP,
    },
    {
        "code": "public-facilities",
        "name": "公共设施",
        "group": "设施维护",
        "says": "健身器材、座椅、宣传栏、充电棚、门禁等。",
        "keywords": "健身器材、座椅、长椅、宣传栏、充电桩、充电棚、门禁、晾衣",
        "kind": Kind.HELP,
    },
    {
        "code": "rubbish",
        "name": "垃圾清运",
        "group": "环境卫生",
        "says": "垃圾满溢、乱倒、大件垃圾、建筑垃圾。",
        "keywords": "垃圾、垃圾桶、满了、大件、旧家具、建筑垃圾、渣土、没人收、臭",
        "kind": Kind.HELP,
        "attributes": [
            _choice(
                "SORT",
                1,
                "是什么垃圾",
                {
                    "house": "生活垃圾",
                    "bulky": "大件家具",
                    "building": "建筑垃圾",
                    "kitchen": "餐厨垃圾",
                    "other": "其他",
                },
                several=True,
                required=True,
            ),
        ],
    },
    {
        "code": "pests-sanitation",
        "name": "病媒与公厕",
        "group": "环境卫生",
        "says": "老鼠、蚊虫、蟑螂，公厕脏、无水无纸。",
        "keywords": "老鼠、蚊子、蟑螂、消杀、公厕、厕所、苍蝇",
        "kind": Kind.HELP,
    },
    {
        "code": "street-order",
        "name": "占道与乱摆卖",
        "group": "市容秩序",
        "says": "占道经营、乱摆卖、乱张贴、乱堆放。",
        "keywords": "占道、摆摊、摆卖、小广告、张贴、堆放、招牌、流动摊",
        "kind": Kind.COMPLAINT,
    },
    {
        "code": "parking",
        "name": "停车",
        "group": "市容秩序",
        "says": "乱停车、堵路口、僵尸车、共享单车乱放。",
        "keywords": "停车、乱停、堵路、僵尸车、车位、共享单车、电单车乱放",
        "kind": Kind.COMPLAINT,
    },
    {
        "code": "noise",
        "name": "噪声扰民",
        "group": "市容秩序",
        "says": "夜间施工、广场舞、商铺音响、楼上噪声。",
        "keywords": "噪声、噪音、吵、施工、广场舞、音响、半夜、唱歌、装修",
        "kind": Kind.COMPLAINT,
    },
    {
        "code": "building-trouble",
        "name": "房屋与出租屋",
        "group": "居住服务",
        "says": "外墙脱落、漏水、电梯、出租屋管理、违建。",
        "keywords": "外墙、脱落、渗水、电梯、出租屋、房东、违建、搭建、天台",
        "kind": Kind.HELP,
    },
    {
        "code": "epidemic",
        "name": "疫情防控",
        "group": "民生服务",
        "says": "疫苗接种、核酸检测、隔离、卡口。",
        "keywords": "疫苗、核酸、健康码、隔离、卡口、口罩、防疫",
        "kind": Kind.QUESTION,
    },
    {
        "code": "livelihood",
        "name": "民生服务咨询",
        "group": "民生服务",
        "says": "入学、社保、居住证、救助、就业、文体活动。",
        "keywords": "入学、学位、社保、居住证、低保、救助、就业、招聘、活动、图书室、怎么办理",
        "kind": Kind.QUESTION,
    },
    {
        "code": "neighbours",
        "name": "邻里纠纷",
        "group": "民生服务",
        "says": "邻里之间的矛盾，请网格员上门调解。",
        "keywords": "邻居、邻里、吵架、纠纷、调解、宠物、狗",
        "kind": Kind.HELP,
    },
    {
        "code": "labour-dispute",
        "name": "劳动仲裁",
        "group": "不在这里办",
        "says": "欠薪、工伤、解除劳动合同。",
        "keywords": "欠薪、工资、工伤、辞退、劳动合同、仲裁、加班费",
        "kind": Kind.HELP,
        "channel": "劳动人事争议仲裁机构；欠薪可拨打12333",
    },
    {
        "code": "police-matter",
        "name": "治安报警",
        "group": "不在这里办",
        "says": "打架、盗窃、诈骗、失踪。正在发生的请立即拨打110。",
        "keywords": "打架、偷、盗窃、诈骗、被骗、抢、赌博、失踪、报警",
        "kind": Kind.REPORT,
        "is_urgent": True,
        "channel": "公安机关，请拨打110",
    },
    {
        "code": "court-matter",
        "name": "涉法涉诉",
        "group": "不在这里办",
        "says": "已在法院、检察院、仲裁机构处理的事。",
        "keywords": "法院、判决、起诉、诉讼、执行、检察院、律师、官司",
        "kind": Kind.HELP,
        "channel": "受理案件的法院或者检察院；法律咨询可拨打12348",
    },
    {
        "code": "petition",
        "name": "信访事项",
        "group": "不在这里办",
        "says": "对机关及其工作人员的意见，历史遗留问题。",
        "keywords": "信访、上访、征地、补偿、拆迁、历史遗留、干部",
        "kind": Kind.COMPLAINT,
        "channel": "街道信访接待窗口，或者国家信访局网上信访平台",
    },
    {
        "code": "other",
        "name": "其他",
        "group": "其他",
        "says": "说不清是哪一类就选这个，由受理的人来归类。",
        "keywords": "",
        "kind": Kind.HELP,
    },
)
