"""The minutes in words, once, for the page, Word and PDF. Chinese always: this is the council's paper, not the screen's.

A `Paper` is a title and parts in order; a part is a dict with a `kind`:

    line   a label and its text: 时间：…          h1, h2  headings
    text   a paragraph                            table   head and rows
    sign   rows of (label, text) to sign beside   note    small print at the end
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import translation

from jiequ.core import clock
from jiequ.council.documents.names import Names
from jiequ.council.documents.quorum import need_of, quorum_changes, quorum_of
from jiequ.council.documents.record import Content, came, council_members, seats_of, standing
from jiequ.council.models import AgendaItem, Ballot, Meeting, Motion, Recusal, Vote
from jiequ.council.models.councils import Fraction

#: What no file can hold, and marks that turn the order of what follows: neither is writing.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_NUMERALS = "零一二三四五六七八九十"


@dataclass
class Paper:
    title: str
    parts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, text: str = "", **more: Any) -> None:
        self.parts.append({"kind": kind, "text": said(text), **more})

    def line(self, label: str, text: str) -> None:
        if text:
            self.add("line", text, label=label)

    def table(self, head: list[str], rows: list[list[str]], widths: list[int]) -> None:
        """`widths` are shares of the width."""
        if rows:
            self.parts.append(
                {"kind": "table", "head": head, "rows": [[said(c) for c in row] for row in rows], "widths": widths}
            )

    def texts(self) -> list[str]:
        """Every text of the paper in the order it stands: what a file must hold."""
        found = [self.title]
        for part in self.parts:
            if part["kind"] == "table":
                found += [*part["head"], *(cell for row in part["rows"] for cell in row)]
            elif part["kind"] == "sign":
                found += [cell for row in part["rows"] for cell in row]
            else:
                found.append(f"{part['label']}：{part['text']}" if part["kind"] == "line" else part["text"])
        return [text for text in found if text]


@dataclass(frozen=True)
class Afterwards:
    """What came after the minutes were final: frozen when and as which digest, corrections (moment, text), confirmations."""

    finalised_at: datetime | None = None
    digest: str = ""
    corrections: list[tuple[datetime, str]] = field(default_factory=list)
    confirmed: dict[int, datetime] = field(default_factory=dict)


def said(text: str) -> str:
    """`text` without what no file can hold."""
    return _NO_TEXT.sub(" ", str(text)).replace("\r\n", "\n").replace("\r", "\n").strip()


def minutes_paper(content: Content, names: Names, after: Afterwards | None = None) -> Paper:
    with translation.override("zh-hans"):
        return _paper(content, names, after or Afterwards())


def _paper(content: Content, names: Names, after: Afterwards) -> Paper:
    community = "" if content["unit"].startswith(content["community"]) else content["community"]
    paper = Paper(said(f"{community}{content['unit']}理事会第{content['sequence']}次会议记录"))
    _head(paper, content, names)
    paper.add("h1", "一、议程")
    outcomes = dict(AgendaItem.Outcome.choices)
    categories = dict(Motion.Category.choices)
    paper.table(
        ["序号", "议题", "类别", "结果"],
        [
            [str(n), item["title"], str(categories.get(item["category"], "")), str(outcomes.get(item["outcome"], "—"))]
            for n, item in enumerate(content["items"], 1)
        ],
        [1, 8, 3, 2],
    )
    if content["items"]:
        paper.add("h1", "二、讨论和表决")
    for n, item in enumerate(content["items"], 1):
        paper.add("h2", f"（{numeral(n)}）{item['title']}")
        _item(paper, item, names)
    _tail(paper, content, names, after)
    return paper


def _head(paper: Paper, content: Content, names: Names) -> None:
    opened, closed = content["opened_at"], content["closed_at"]
    times = [f"定于{moment(content['starts_at'])}"]
    if opened:
        times.append(f"{_time(opened, content['starts_at'])}开会")
    if closed:
        ended = "散会" if content["state"] != Meeting.State.ADJOURNED else "因人数不足改期"
        times.append(f"{_time(closed, content['starts_at'])}{ended}")
    paper.line("时间", "，".join(times))
    paper.line("地点", content["place"])
    paper.line("主持人", names.with_post(content["chair"], "未指定"))
    paper.line("记录人", names.with_post(content["secretary"], "未指定"))

    seats, there = seats_of(content), came(content)
    present = [p for p in seats if p in there]
    absent = [p for p in seats if p not in there]
    paper.line("应到", f"有表决权的理事{len(seats)}人")
    paper.line("实到", f"{len(present)}人：{'、'.join(map(names.person, present))}" if present else "0人")
    excused = set(content["apologies"])
    represented = {proxy["represented"] for proxy in content["proxies"]} if content["allows_proxies"] else set()
    marks = [("（委托）", represented), ("（请假）", excused)]
    gone = "、".join(names.person(p) + "".join(mark for mark, who in marks if p in who) for p in absent)
    paper.line("缺席", f"{len(absent)}人：{gone}" if absent else "0人")
    voters = set(seats)
    beside = [names.with_post(p) for p in there if p not in voters]
    beside += [f"{names.guest(g['guest'])}（{g['capacity']}）" for g in content["guests"]]
    paper.line("列席", "、".join(beside))
    if content["allows_proxies"]:
        paper.line(
            "委托",
            "；".join(
                f"{names.person(p['represented'])}委托{names.person(p['acting'])}，自{_time(p['from'])}"
                + (f"至{_time(p['to'])}" if p["to"] else "")
                for p in content["proxies"]
            ),
        )
    paper.line("到会离会", _comings(content, names))
    paper.line("法定人数", _quorum(content))
    if content["reason"]:
        paper.line("说明", content["reason"])


def _comings(content: Content, names: Names) -> str:
    """Who came after the opening or left before the end; the others were there throughout."""
    opened, closed = content["opened_at"] or content["starts_at"], content["closed_at"]
    rows = [(s, names.person(s["person"])) for s in content["stays"]]
    rows += [(g, names.guest(g["guest"])) for g in content["guests"]]
    moves = [(s["from"], f"{name}{_time(s['from'])}到会") for s, name in rows if s["from"] > opened]
    moves += [
        (s["to"], f"{name}{_time(s['to'])}离会")
        for s, name in rows
        if s["to"] and s["to"] >= opened and (closed is None or s["to"] < closed)
    ]
    return "；".join(text for _at, text in sorted(moves, key=lambda move: move[0]))


def _quorum(content: Content) -> str:
    seats, need = len(seats_of(content)), need_of(content)
    rule = f"须有应到人数的{share(quorum_of(content))}到会，应到{seats}人，须到{need}人"
    changes = quorum_changes(content)
    if not changes:
        return f"{rule}。会议没有达到法定人数，未能开会"
    opening = f"开会时到会{changes[0][1]}人，{'达到' if changes[0][2] else '未达到'}法定人数"
    later = [
        f"{_time(at)}到会{present}人，{'恢复' if is_quorate else '失去'}法定人数"
        for at, present, is_quorate in changes[1:]
    ]
    return "。".join([rule, "；".join([opening, *later])])


def _item(paper: Paper, item: dict[str, Any], names: Names) -> None:
    about = [f"编号{item['number']}", str(dict(Motion.Category.choices).get(item["category"], ""))]
    about += ["重大事项"] if item["is_major"] else []
    about += [f"经费{item['budget']}元"] if item["budget"] is not None else []
    about += [f"由第{item['carried_from']}次会议转来"] if item["carried_from"] else []
    paper.line("议题", "，".join(filter(None, about)))
    paper.line("提请表决的内容", item["proposal"])
    paper.line("会议材料", "；".join(f"{p['title']}（{p['kind'].upper()}）" for p in item["papers"]))
    _recusals(paper, item, names)
    if item["speeches"]:
        paper.line("发言摘要", f"共{len(item['speeches'])}次")
    for speech in item["speeches"]:
        paper.add("text", _speech(speech, names))
    closed = [b for b in item["ballots"] if b["closed_at"]]
    kinds, results = dict(Ballot.Kind.choices), dict(Ballot.Outcome.choices)
    paper.table(
        ["轮次", "方式", "应到", "实到", "回避", "赞成", "反对", "弃权", "须赞成", "结果"],
        [
            [
                f"第{b['round']}轮", str(kinds[b["kind"]]),
                *(str(b[k]) for k in ("seats", "present", "recused", "yes", "no", "abstain", "need")),
                "已作废" if b["set_aside_at"] else str(results[b["outcome"]]),
            ]
            for b in closed
        ],
        [3, 4, 2, 2, 2, 2, 2, 2, 3, 3],
    )  # fmt: skip
    for ballot in item["ballots"]:
        _round(paper, ballot, names)
    paper.line("决议", _decision(item))


def _recusals(paper: Paper, item: dict[str, Any], names: Names) -> None:
    grounds = dict(Recusal.Ground.choices)
    out = [
        f"{names.person(r['person'])}（{grounds[r['ground']]}）"
        for r in item["recusals"]
        if r["state"] == Recusal.State.HELD
    ]
    paper.line("回避", f"{'、'.join(out)}，不参加本项讨论的表决，不计入本项应到和实到" if out else "")
    kept = [names.person(r["person"]) for r in item["recusals"] if r["state"] == Recusal.State.DISMISSED]
    paper.line("提出回避未获支持", "、".join(kept))


def _speech(speech: dict[str, Any], names: Names) -> str:
    who = names.with_post(speech["person"], "会上")
    order = "（程序问题）" if speech["order"] else ""
    minutes = ""
    if speech["began_at"] and speech["ended_at"]:
        spoken = datetime.fromisoformat(speech["ended_at"]) - datetime.fromisoformat(speech["began_at"])
        minutes = f"（{max(1, round(spoken.total_seconds() / 60))}分钟）"
    return f"{who}{order}：{speech['gist'] or '（未记摘要）'}{minutes}"


def _round(paper: Paper, ballot: dict[str, Any], names: Names) -> None:
    """What the table of rounds does not say: what was voted on, by which majority, who voted how, what became of it."""
    which = f"第{ballot['round']}轮"
    if not ballot["closed_at"]:
        if ballot["set_aside_at"]:
            paper.line(f"{which}中止", f"{_time(ballot['set_aside_at'])}，没有计票。原因：{ballot['set_aside_reason']}")
        else:
            paper.line(which, "正在表决")
        return
    majority = Fraction(*ballot["majority"])
    paper.line(
        f"{which}表决内容",
        f"{_open_ended(ballot['question'])}。{_time(ballot['closed_at'])}表决，须实到人数的{share(majority)}赞成，"
        f"到会法定{ballot['quorum_need']}人",
    )
    words = dict(Vote.Choice.choices)
    for choice in Vote.Choice.values:
        votes = [v for v in ballot["votes"] if v["choice"] == choice and v["counts"]]
        named = "、".join(
            names.person(v["person"]) + (f"（{names.person(v['acting'])}代）" if v["acting"] else "") for v in votes
        )
        paper.line(f"{words[choice]}{len(votes)}人", named)
    early = "、".join(names.person(v["person"]) for v in ballot["votes"] if not v["counts"])
    paper.line("投票后离会、未计入", early)
    if ballot["set_aside_at"]:
        paper.line(f"{which}作废", f"{_time(ballot['set_aside_at'])}。原因：{ballot['set_aside_reason']}")


def _open_ended(text: str) -> str:
    """Without its last full stop, for a sentence that goes on."""
    return text.rstrip().rstrip("。")


def _decision(item: dict[str, Any]) -> str:
    ballot, outcome = standing(item), item["outcome"]
    if outcome == AgendaItem.Outcome.POSTPONED:
        return "暂缓，未表决" + (f"。原因：{item['reason']}" if item["reason"] else "")
    if outcome == AgendaItem.Outcome.UNREACHED:
        return "本次会议未议到，留待下次"
    if ballot is None:
        return ""
    question = _open_ended(ballot["question"] or item["title"])
    if ballot["outcome"] == Ballot.Outcome.NOT_PASSED:
        return f"赞成{ballot['yes']}票，须{ballot['need']}票，未通过：{question}"
    confirm = "。属重大事项，报社区确认后生效" if item["is_major"] else ""
    return f"赞成{ballot['yes']}票，须{ballot['need']}票，通过：{question}{confirm}"


def _tail(paper: Paper, content: Content, names: Names, after: Afterwards) -> None:
    n = 3 if content["items"] else 2
    if content["remarks"]:
        paper.add("h1", f"{numeral(n)}、其他记载")
        n += 1
        for line in content["remarks"].splitlines():
            if line.strip():
                paper.add("text", line)
    if after.corrections:
        paper.add("h1", f"{numeral(n)}、更正")
        n += 1
        for at, text in after.corrections:
            paper.add("text", f"{moment(at)}：{text}")
    paper.add("h1", f"{numeral(n)}、签字")
    signed = after.confirmed
    rows = [["主持人", names.person(content["chair"])], ["记录人", names.person(content["secretary"])]]
    members = council_members(content) - {content["chair"], content["secretary"]}
    others = [p for p in came(content) if p in members]
    rows += [["到会成员", names.person(p)] for p in others]
    keys = [content["chair"], content["secretary"], *others]
    paper.parts.append({
        "kind": "sign",
        "rows": [
            [label, said(name), f"{moment(signed[pk])}在线确认" if pk in signed else ""]
            for (label, name), pk in zip(rows, keys, strict=True)
        ],
    })  # fmt: skip
    if after.finalised_at:
        paper.add(
            "note", f"本记录于{moment(after.finalised_at)}定稿，此后只以更正补充。校验码（SHA-256）：{after.digest}"
        )
    elif content["closed_at"]:
        paper.add("note", "本记录尚未定稿。")
    if not names.is_full:
        paper.add("note", "姓名已隐去；同一隐名的以编号区分。")


def share(fraction: Fraction) -> str:
    """三分之二以上, 过半数: as rules are read out."""
    if (fraction.num, fraction.den, fraction.strict) == (1, 2, True):
        words = "过半数"
    elif fraction.num == fraction.den:
        words = "全数"
    else:
        words = f"{numeral(fraction.den)}分之{numeral(fraction.num)}" + (
            "以上" if not fraction.strict else "（须超过）"
        )
    return f"{words}且不少于{fraction.minimum}人" if fraction.minimum else words


def numeral(n: int) -> str:
    """1 to 99 in Chinese; larger numbers as digits."""
    if n <= 10:
        return _NUMERALS[n]
    if n > 99:
        return str(n)
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


def moment(at: str | datetime) -> str:
    """2021年12月5日（周日）19:30"""
    local = clock.local(at if isinstance(at, datetime) else datetime.fromisoformat(at))
    return f"{local.year}年{local.month}月{local.day}日（周{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"


def _time(at: str, beside: str | None = None) -> str:
    """19:32; with its day where it is another day than `beside`."""
    local = clock.local(datetime.fromisoformat(at))
    if beside and clock.day(datetime.fromisoformat(beside)) != local.date():
        return moment(at)
    return f"{local:%H:%M}"
