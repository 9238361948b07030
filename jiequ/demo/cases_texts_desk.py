"""The words of the desk: categories of this street's own, the duty list, answer templates, and what is put right in passing."""

from typing import Any

from jiequ.cases.models import Kind

#: Beside those that come with the product.
OWN_CATEGORIES: tuple[dict[str, Any], ...] = (
    {"code": "food-fumes", "name": "油烟扰民", "group": "市容秩序", "says": "烧烤、餐饮油烟和油污。",
     "keywords": "油烟、烧烤、夜宵、油污", "kind": Kind.COMPLAINT, "order": 125},
    {"code": "greenery", "name": "绿化与树木", "group": "设施维护", "says": "树木倒伏、断枝、遮挡窗户。",
     "keywords": "树、倒伏、断枝、树根、台风", "kind": Kind.HELP, "is_urgent": True, "order": 75},
    {"code": "animals", "name": "犬只与禽畜", "group": "环境卫生", "says": "流浪狗、不牵绳、楼顶养鸡。",
     "keywords": "流浪狗、狗、牵绳、养鸡、鸽子", "kind": Kind.COMPLAINT, "order": 95},
    {"code": "consumer", "name": "消费维权", "group": "民生服务", "says": "缺斤少两、过期食品、预付卡。",
     "keywords": "缺斤少两、过期、退款、办卡、价目", "kind": Kind.COMPLAINT, "order": 165},
)  # fmt: skip
#: Which handler leads what, by category.
DUTIES = {
    "fire-passage": "safety", "electric-fire-risk": "safety", "stair-lighting": "property", "street-lighting": "power",
    "road-pavement": "roads", "water-drainage": "water", "public-facilities": "parks", "rubbish": "sanitation",
    "pests-sanitation": "sanitation", "street-order": "urban", "parking": "traffic", "noise": "urban",
    "building-trouble": "property", "epidemic": "health", "livelihood": "service", "neighbours": "service",
    "food-fumes": "urban", "greenery": "parks", "animals": "urban", "consumer": "market",
}  # fmt: skip
TEMPLATES = (
    ("灯已修好", "您反映的灯已换好，今晚试亮正常。再坏可以直接扫码告诉我们。", "stair-lighting"),
    ("垃圾已清", "您反映的垃圾已清走，地面冲洗过。这一处我们会连看一周。", "rubbish"),
    ("积水已退", "雨水口已清掏，积水已退。下一场大雨前会先来看这一处。", "water-drainage"),
    ("先告诉您", "您的诉求收到了，已经安排人到现场看，看过马上给您回话。", ""),
    ("属房东维修", "这一处属房东维修范围，已书面通知房东限七天修好，我们负责盯到修完。", "building-trouble"),
    ("依法要走诉讼", "这件事双方意见不一，调解不成可以走诉讼；材料清单和法律援助电话已发给您。", ""),
)
#: Small things put right in passing, by category.
SPOT_FIXES = (
    ("stair-lighting", "顺手换了一只楼道灯泡"), ("stair-lighting", "把楼道灯的声控开关擦干净，灵了"),
    ("rubbish", "把散落的垃圾袋拎到投放点"), ("rubbish", "把翻倒的垃圾桶扶正"), ("rubbish", "捡走花坛里的烟头和纸杯"),
    ("fire-passage", "劝走停在消防通道的一台小车"), ("fire-passage", "把楼梯口的纸箱搬走"),
    ("electric-fire-risk", "劝住户把电池拿到楼下充电柜"), ("electric-fire-risk", "拔掉楼道里的一个插排"),
    ("street-order", "撕掉一面墙的小广告"), ("street-order", "请摊主把货架挪回线内"), ("street-order", "把倒地的告示牌扶起来"),
    ("parking", "把倒了一排的共享单车扶正"), ("parking", "帮两位车主联系挪车"), ("road-pavement", "在松动的地砖旁放了警示锥"),
    ("road-pavement", "给松动的井盖垫了胶圈"), ("water-drainage", "掏开堵住雨水口的树叶"), ("water-drainage", "关紧一个滴水的公共水龙头"),
    ("pests-sanitation", "倒掉花盆托盘里的积水"), ("epidemic", "帮老人打印纸质健康码"), ("epidemic", "提醒进店的人戴好口罩"),
    ("livelihood", "帮居民在手机上交了居住登记材料"), ("livelihood", "陪老人到服务站取优待证"), ("public-facilities", "拧紧健身器材的一颗螺丝"),
    ("neighbours", "劝开为晾衣争执的两家"), ("greenery", "剪掉挡住楼道窗的一根枝条"), ("animals", "请遛狗的人牵上绳子"),
)  # fmt: skip
