"""What screening reads in a motion's own words: nothing here touches the database."""

import random
from decimal import Decimal

import pytest

from jiequ.core.personal import has_personal_number
from jiequ.council.models import DecisionRule, Motion
from jiequ.council.screening import carried_by_owners, duplicates, findings
from jiequ.demo import texts

RULE = DecisionRule(id=1)


def motion(title: str, body: str = "", *, pk: int = 1, **more) -> Motion:
    more = {"category": "other", "state": "collected", **more}
    return Motion(pk=pk, title=title, body=body, rule=RULE, year=2021, sequence=pk, **more)


def keys(title: str, body: str = "", **more) -> list[str]:
    return [f.key for f in findings(motion(title, body, **more))]


OWNERS = [
    ("动用维修资金换电梯", "三栋电梯老坏，想用维修资金换新的。", 5),
    ("三栋申请使用专项维修资金修屋顶漏水", "顶楼漏水多年。", 5),
    ("筹集维修基金", "基金不够了，想让大家补交维修基金。", 6),
    ("修改业主大会议事规则", "现在的规则太老。", 1),
    ("修订管理规约", "想把管理规约改一改。", 2),
    ("小区业委会换届", "业委会三年没换了，想改选成员。", 3),
    ("成立业主委员会", "我们小区想成立业委会。", 3),
    ("更换物业公司", "物业公司不作为，想换一家。", 4),
    ("换物业", "物业太差。大家想换物业公司，重新招标。", 4),
    ("二栋加装电梯", "老人多，六层楼没有电梯，想加装一部电梯。", 7),
    ("外墙翻新", "小区外墙瓷砖掉，想把外墙翻新一遍。", 7),
    ("楼顶加盖一层活动室", "楼顶空着，加盖一层。", 7),
    ("改变架空层用途开便利店", "一楼架空层空着，想租出去开店补贴公共开支。", 8),
    ("电梯里投放广告", "电梯轿厢出租做广告，收入给大家。", 8),
    ("楼顶出租建基站", "楼顶租给运营商。", 8),
    ("小区绿地改成停车场", "把小区绿地改为停车位。", 8),
    ("物业费上涨", "物业费要涨价，大家不同意。", 9),
    ("公共收益怎么用", "公共收益去向不明，想讨论分配。", 9),
]


@pytest.mark.parametrize(("title", "body", "item"), OWNERS, ids=[o[0] for o in OWNERS])
def test_an_owners_matter_is_known_by_its_words_with_the_article_s_item(title, body, item):
    found = next(f for f in findings(motion(title, body)) if f.kind == "owners")
    assert (found.key, found.move, found.referred_to) == (f"owners-{item}", "refer", "业主大会")
    share = "四分之三以上" if item in {6, 7, 8} else "过半数"
    assert f"第278条第{'一二三四五六七八九'[item - 1]}项" in found.reason
    assert (share in found.reason, "三分之二以上" in found.reason, len(found.reason) <= 300) == (True, True, True)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("外墙小广告清除", "外墙上全是小广告，刚刷完又贴上。"),
        ("拆除废弃广告牌", "一号围楼顶有块广告牌锈得厉害，台风天怕掉下来，想拆除。"),
        ("电梯口装扶手", "三栋电梯口老人多，想装一条扶手。"),
        ("小院管理公约", "一号围的小院想大家一起定一份公约，几点熄灯、谁来打扫。"),
        ("清理楼道杂物", "二栋楼道堆满纸箱，想请大家清走。"),
        ("物业巡逻时间", "请物业晚上十点在三巷多巡一次。"),
        ("架空层放电影", "周末在三栋架空层放电影，九点半结束。"),
        ("消防通道不许占用", "整治小区道路被车占着收费停车的现象，三栋门口。"),
    ],
)
def test_words_that_only_sound_like_an_owners_matter_are_let_pass(title, body):
    assert [k for k in keys(title, body, category="culture" if "电影" in title else "other") if "owners" in k] == []


def test_an_epidemic_measure_in_a_common_part_changes_no_use():
    said = ("架空层改为核酸采样点", "三栋架空层临时改为采样点，两个星期。")
    assert "owners-8" in keys(*said)
    assert "owners-8" not in keys(*said, category="epidemic")


@pytest.mark.parametrize(
    ("title", "body", "key"),
    [
        ("追讨被拖欠的工资", "工厂欠了两个月工资。", "scope-labour"),
        ("要起诉开发商", "想请理事会帮忙打官司。", "scope-lawsuit"),
        ("上访", "问题一直不解决，要去信访。", "scope-petition"),
        ("处理楼上漏水的赔偿", "楼上漏水泡了我家天花板，要他赔。处理不了就要他赔钱。", "scope-quarrel"),
        ("房东押金不退", "搬走了房东不退押金。", "scope-quarrel"),
        ("要求提前拆迁", "听说要更新，希望快点拆。", "scope-renewal"),
        ("查处三巷违建", "三巷有人加建，请查处违建。", "scope-penalty"),
        ("申请低保", "家里困难，想申请低保。", "scope-welfare"),
        ("主干道增加公交班次", "下班高峰等公交要四十分钟。", "scope-transport"),
        ("孩子学位", "小学学位不够。", "scope-school"),
    ],
)
def test_what_a_council_cannot_decide_goes_to_the_right_channel(title, body, key):
    found = next(f for f in findings(motion(title, body)) if f.kind == "scope")
    assert (found.key, found.move) == (key, "refer")
    assert found.referred_to
    assert found.referred_to in found.reason


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("公交站旁装座椅", "公交站旁老人等车没处坐，想装两张座椅。"),
        ("普法讲座", "想在祠堂办一场劳动合同纠纷和工伤赔偿的普法讲座。"),
        ("调解室挪到一楼", "老人上不去二楼，想把三栋的调解室挪到一楼，方便邻居纠纷来谈。"),
        ("给低保户送米", "街区商铺愿意给一号围的低保户每月送一袋米。"),
    ],
)
def test_a_neighbour_of_such_a_word_is_the_council_s_business(title, body):
    assert [k for k in keys(title, body) if k.startswith("scope")] == []


@pytest.mark.parametrize(
    ("title", "body", "key"),
    [
        ("乱扔垃圾罚款", "三巷有人乱扔垃圾，抓到一次罚款两百元。", "unlawful-fine"),
        ("不让租客进活动室", "活动室只给本地人用，不让租客进。", "unlawful-tenants"),
        ("租户不得使用球场", "球场太挤，租户不得使用。", "unlawful-tenants"),
        ("进出登记", "收每个住户的身份证复印件登记。", "unlawful-papers"),
        ("欠费曝光", "把不交卫生费的人姓名照片贴出来曝光。", "unlawful-shame"),
        ("停水催费", "谁不交费就停他家的水催交。", "unlawful-cutting"),
        ("集资修路", "每户必须交500元修路。", "unlawful-levy"),
    ],
)
def test_what_a_council_must_not_do_is_returned_with_a_reason(title, body, key):
    found = next(f for f in findings(motion(title, body)) if f.kind == "unlawful")
    assert (found.key, found.move) == (key, "return")
    assert len(found.reason) > len("理事会和街区没有罚款的权力。")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("电动车不上楼", "租户不能把电瓶拿上楼充，和业主一样约定。"),
        ("停水通知提前贴", "停水通知请提前一天贴到每栋楼下。"),
        ("志愿者名单上墙", "把值班志愿者的名字公布在服务站。"),
        ("请交警处理乱停", "三巷口乱停车，请交警来罚款。"),
        ("自愿出资修路", "每户自愿出50元，不愿意的不用出，三巷修路。"),
    ],
)
def test_a_lawful_wish_is_not_taken_for_an_unlawful_one(title, body):
    assert [k for k in keys(title, body) if k.startswith("unlawful")] == []


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("三栋二楼着火了！快来人", "119"),
        ("楼下闻到很浓的煤气味", "119"),
        ("老人在球场晕倒了", "120"),
        ("三巷有人持刀", "110"),
    ],
)
def test_an_emergency_comes_first_and_names_the_number_to_call(body, number):
    first = findings(motion("急", body))[0]
    assert first.kind == "emergency"
    assert number in first.words


@pytest.mark.parametrize(
    "body", ["想在球场办一次着火了怎么逃生的演练", "怕老人晕倒没人知道，想在三栋装呼叫铃", "预防煤气泄漏的宣传"]
)
def test_talking_of_an_emergency_is_none(body):
    assert "emergency" not in keys("安全", body)


@pytest.mark.parametrize(
    "text",
    [
        "找我13800001111",
        "１３８００００１１１１",
        "138 0000 1111",
        "138-0000-1111",
        "+86 13800001111",
        "440309199001011234",
        "44030919900101123X",
    ],
)
def test_a_phone_or_identity_number_is_seen_however_it_is_written(text):
    assert has_personal_number(text)
    assert "personal-title" in keys(text, "球场东侧晚上太黑，想装几盏灯。")
    assert "personal-body" in keys("球场东侧装路灯", f"球场东侧晚上太黑，{text}")


@pytest.mark.parametrize(
    "text", ["经费 13800 元", "2021年12月1日", "房屋编码 4403090060041234567", "电话 0755-27990000", "118000011112"]
)
def test_other_numbers_are_nobody_s(text):
    assert not has_personal_number(text)


@pytest.mark.parametrize("text", ["三栋王小明先生总占车位", "房东叫陈志强", "邻居叫李大伟", "姓名：赵小红"])
def test_a_full_name_is_warned_of_before_anything_is_public(text):
    assert any(k.startswith("personal") for k in keys("三栋车位", text))


@pytest.mark.parametrize("text", ["王先生家门口", "房东和租客都嫌烦", "住户方便停车", "找村里的老师傅修"])
def test_a_family_name_alone_names_nobody(text):
    assert not any(k.startswith("personal") for k in keys("三栋车位", text))


def test_what_the_demo_s_blocks_talked_about_draws_no_hint_wherever_it_stood():
    for category, rows in texts.MOTIONS.items():
        for title, body, *_rest in rows:
            for place in texts.PLACES:
                said = title.replace("{p}", place), body.replace("{p}", place)
                assert keys(*said, category=category) == [], said


@pytest.mark.parametrize(("title", "body"), [row[:2] for row in texts.VAGUE])
def test_what_says_neither_where_nor_what_is_asked_to_say_it(title, body):
    found = findings(motion(title, body))
    assert [(f.key, f.move) for f in found] == [("vague", "return")]
    assert "请补上" in found[0].reason


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("换灯泡", "三栋二楼楼道灯泡坏了，请换一个。"),
        ("清一次垃圾", "二号围后面堆了一堆垃圾，请清走。"),
        ("井盖翻了", "学校门口井盖翻了，请扶正。"),
    ],
)
def test_what_is_done_in_an_hour_suggests_the_quick_track(title, body):
    assert [(f.key, f.move) for f in findings(motion(title, body))] == [("quick", "take_quick")]


@pytest.mark.parametrize(
    ("title", "more"),
    [
        ("换路灯灯泡", {"budget": 501}),
        ("换路灯灯泡", {"is_major": True}),
        ("三巷统一换灯泡", {}),
        ("换灯泡", {"state": "recommended"}),
    ],
)
def test_what_costs_or_lasts_is_not_for_the_quick_track(title, more):
    assert "quick" not in keys(title, "三巷口路灯灯泡坏了，请换。", **more)


# ── likely the same ──────────────────────────────────────────────────────────────────────────────

LAMPS = ("球场东侧装路灯", "球场东侧晚上太黑，有老人绊倒过，想装几盏灯。")
SAME = [
    (LAMPS, ("球场东边晚上太黑", "球场东边晚上太黑，想装几盏灯")),
    (LAMPS, ("篮球场没有照明", "老人夜里在篮球场摔过，没有照明。")),
    (LAMPS, ("球场东侧装路灯", "球场东侧晚上太黑，有老人绊倒过，想装几盏灯。")),
    (
        ("清理市场后巷排水沟", "排水沟堵了，一下雨污水漫到门口。"),
        ("市场后面下水道老是堵", "市场那里一下雨就返水，下水道要通。"),
    ),
    (("老村口占道经营整治", "晚上摆摊占了整条人行道。"), ("村口小贩太多", "村口每晚都是地摊，婴儿车过不去。")),
    (
        ("文化广场广场舞音量约定", "文化广场广场舞声音大，上夜班的睡不着。"),
        ("广场上跳舞的音响太吵", "文化广场每晚放音响，吵得睡不着。"),
    ),
    (("祠堂前修路面", "祠堂前路面坑洼，下雨看不清深浅。"), ("祠堂门口的路坑坑洼洼", "请把祠堂前面的路补一补。")),
    (("出租屋三巷乱拉电线", "电线从窗口拉下来。"), ("三巷飞线充电太危险", "三巷到处是飞线。")),
]
DIFFERENT = [
    (LAMPS, ("球场东侧装座椅", "球场东侧没处坐，想装几张座椅。")),
    (LAMPS, ("球场东侧灯太亮", "球场东侧的路灯太亮，晚上睡不着。")),
    (LAMPS, ("小学门口装路灯", "小学门口晚上太黑，想装几盏灯。")),
    (
        ("垃圾屋旁装充电桩", "垃圾屋旁空着一块地正好装充电桩。"),
        ("垃圾屋旁增设垃圾桶", "垃圾屋旁附近四栋楼只有一个垃圾桶。"),
    ),
    (("三栋门口装座椅", "老人没处坐。"), ("三栋门口装监控", "三栋门口丢过车。")),
    (("文化广场放电影", "周末在文化广场放电影。"), ("文化广场广场舞音量约定", "文化广场广场舞声音大。")),
    (("一号围灭蚊", "一号围蚊子多。"), ("一号围修路", "一号围路面坑洼。")),
]


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return bool(duplicates(motion(*one), [motion(*other, pk=2)]))


@pytest.mark.parametrize(("one", "other"), SAME, ids=[o[1][0] for o in SAME])
def test_the_same_matter_in_other_words_is_found_both_ways(one, other):
    assert (alike(one, other), alike(other, one)) == (True, True)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=[o[1][0] for o in DIFFERENT])
def test_false_friends_are_not_the_same_matter(one, other):
    assert (alike(one, other), alike(other, one)) == (False, False)


def test_open_ones_come_first_no_more_than_three_and_an_ended_one_is_only_to_be_read():
    others = [
        motion(*LAMPS, pk=2, state="concluded"),
        *(motion(*SAME[0][1], pk=n, state="accepted") for n in (3, 4, 5)),
    ]
    found = duplicates(motion(*LAMPS), others)
    assert [f.other.pk for f in found] == [3, 4, 5]
    assert {f.move for f in found} == {"merge"}
    ended = duplicates(motion(*LAMPS), others[:1])
    assert [(f.move, f.other.pk) for f in ended] == [("", 2)]
    assert duplicates(motion(*LAMPS), [motion(*LAMPS)]) == []  # itself


# ── the two bases ────────────────────────────────────────────────────────────────────────────────


def oracle(heads, area, *, is_special):
    """In whole numbers, square decimetres for the area, by crossing out the fractions."""
    cents = [[round(n * 100) for n in basis] for basis in (heads, area)]
    took_part = all(3 * cast >= 2 * all_ for all_, cast, _yes in cents)
    agreed = all(4 * yes >= 3 * cast if is_special else 2 * yes > cast for _all, cast, yes in cents)
    return took_part and agreed


@pytest.mark.parametrize("is_special", [False, True])
def test_the_owners_two_bases_agree_with_an_oracle_at_every_boundary(is_special):
    dice, seen = random.Random(278), set()
    for _n in range(4000):
        bases = []
        for unit in (Decimal(1), Decimal("0.01")):
            all_ = dice.randrange(1, 400)
            cast = min(all_, max(0, -(-2 * all_ // 3) + dice.choice([-1, 0, 0, 1, 9])))
            edge = -(-3 * cast // 4) if is_special else cast // 2 + 1
            bases.append([unit * n for n in (all_, cast, min(cast, max(0, edge + dice.choice([-1, 0, 0, 1]))))])
        heads, area = bases
        passed = carried_by_owners(tuple(map(int, heads)), tuple(area), is_special=is_special)
        assert passed == oracle(heads, area, is_special=is_special), bases
        seen.add(passed)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("heads", "is_special", "passed"),
    [
        ((99, 66, 34), False, True),
        ((99, 65, 65), False, False),
        ((99, 66, 33), False, False),
        ((96, 64, 48), True, True),
        ((96, 64, 47), True, False),
        ((3, 0, 0), False, False),
    ],
)
def test_two_thirds_take_part_and_more_than_half_or_three_quarters_agree(heads, is_special, passed):
    area = tuple(Decimal(n) for n in heads)
    everybody = (Decimal(10), Decimal(10), Decimal(10))
    assert carried_by_owners(heads, area, is_special=is_special) is passed
    assert carried_by_owners(heads, everybody, is_special=is_special) is passed  # heads alone can fail it
    assert carried_by_owners((10, 10, 10), area, is_special=is_special) is passed  # and so can area
