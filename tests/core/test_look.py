"""How it looks: colours that can be read, punctuation that belongs, icons that exist, words for dates, pages for mishaps."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template, loader
from django.test import Client, RequestFactory
from django.utils.translation import override

from jiequ.core import clock, views
from jiequ.core.templatetags import jiequ as tags
from jiequ.work.views import ACTS
from jiequ.work.workflow import Work

HOUSE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(HOUSE.glob("jiequ/*/templates/**/*.html"))
CODE = sorted(p for p in HOUSE.glob("jiequ/**/*.py") if "migrations" not in p.parts)
HAN = "\u3400-\u9fff"
FOREIGN = re.compile(rf"[{HAN}”）][,:;?!]|[,:;?!][{HAN}“（]")
MONDAY = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)  # 10:05 in the office

# ── colours ───────────────────────────────────────────────


def tokens() -> dict[str, dict[str, str]]:
    """The hex colours of each theme in tokens.css; `elder` stands on light."""
    css = (HOUSE / "web/css/tokens.css").read_text()
    elder = (HOUSE / "web/css/resident-tokens.css").read_text()
    found = {}
    for theme, text in {"light": css, "dark": css, "auto": css, "elder": elder}.items():
        start = text.index(
            "[data-view=elder][data-bs-theme=light]" if theme == "elder" else f"[data-bs-theme={theme}]{{"
        )
        part = text[start : text.index("}", start)]
        found[theme] = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", part))
    found["elder"] = found["light"] | found["elder"]
    return found


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


WORDS = [
    *((ink, on) for ink in ("ink", "ink-2", "ink-3") for on in ("surface", "ground", "sunken", "hover")),
    *((tone, f"{tone}-bg") for tone in ("late", "soon", "doing", "ok", "idle", "error")),
    *((tone, "surface") for tone in ("late", "soon", "doing", "ok", "error")),
    *(("on-accent", on) for on in ("accent", "accent-hover")),
    *(("accent-ink", on) for on in ("surface", "accent-soft")),
    *(("m-ink", on) for on in ("m1", "m3")),
    ("on-pick", "pick"),
    ("surface", "data"),
    ("ink-2", "soft"),
]
SHAPES = [("field", "surface"), ("field", "ground"), ("focus", "surface"), ("focus", "ground"), ("data", "track")]


@pytest.mark.parametrize("theme", ["light", "dark", "elder"])
def test_words_and_controls_can_be_read(theme: str) -> None:
    has = tokens()[theme]
    pale = [(a, b, round(contrast(has[a], has[b]), 2)) for a, b in WORDS if contrast(has[a], has[b]) < 4.5]
    assert pale == []
    faint = [(a, b, round(contrast(has[a], has[b]), 2)) for a, b in SHAPES if contrast(has[a], has[b]) < 3]
    assert faint == []


def test_a_pale_word_would_be_found() -> None:
    assert contrast("#999999", "#ffffff") < 4.5 < contrast("#595959", "#ffffff")


def test_following_the_system_gives_the_same_dark_as_choosing_it() -> None:
    found = tokens()
    assert len(found["dark"]) > 30
    assert found["auto"] == found["dark"]
    assert set(found["dark"]) == set(found["light"])


# ── words ─────────────────────────────────────────────────


def test_templates_have_no_foreign_punctuation_beside_chinese() -> None:
    quiet = re.compile(r"{%.*?%}|{{.*?}}|<[^>]*>", re.S)
    found = []
    for path in TEMPLATES:
        text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", path.read_text(), flags=re.S)
        said = re.findall(r'translate\s+"([^"]*)"', text) + re.findall(r"translate\s+'([^']*)'", text)
        said += re.split(r"\n", quiet.sub("\n", text))
        found += [f"{path.name}: {words.strip()[:40]}" for words in said if FOREIGN.search(words)]
    assert found == []


def test_code_has_no_foreign_punctuation_beside_chinese() -> None:
    found = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}:
                continue
            for each in node.args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and FOREIGN.search(each.value):
                    found.append(f"{path.name}: {each.value[:40]}")
    assert found == []


def test_a_foreign_comma_would_be_found() -> None:
    assert FOREIGN.search("今天要办5件,先回督办")
    assert FOREIGN.search("要办，先回") is None


def icons_used() -> set[str]:
    used = {work.icon for work in Work.register.values()} | {act.icon for act in ACTS.values()}
    for path in TEMPLATES:
        text = path.read_text()
        used |= set(re.findall(r"""{% (?:icon|empty) ["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""{% state_tag ["']\w+["'] ["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""icon=["']([\w-]+)["']""", text))
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "icon" and isinstance(node.value, ast.Constant):
                used.add(str(node.value.value))
    return used


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    lines = (HOUSE / "web/icons.txt").read_text().splitlines()
    listed = {line.split("#")[0].strip() for line in lines} - {""}
    assert len(icons_used()) > 20
    assert icons_used() - listed == set()


def test_the_workbench_s_groups_have_icons_of_the_sprite() -> None:
    from jiequ.overview.views.home import GROUPS

    listed = (HOUSE / "web/icons.txt").read_text().split()
    assert [icon for _key, _label, icon in GROUPS if icon not in listed] == []


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return clock.at(date(2026, month, day), hour, minute)


@pytest.mark.django_db
def test_dates_are_said_as_an_office_says_them() -> None:
    with clock.stand_at(MONDAY):
        assert tags.in_full(at(23, 14, 30)) == "11月23日 (周一) 14:30"
        assert tags.day(date(2025, 2, 1)) == "2025年2月1日 (周六)"
        assert tags.short_day(at(23, 14)) == "11月23日"
        assert tags.weekday(at(28, 10)) == "周六"
        assert tags.ago(at(23, 9, 30)) == "35分钟前"
        assert tags.ago(at(23, 8, 0)) == "今天 08:00"
        assert tags.ago(at(22, 8, 0)) == "11月22日 (周日) 08:00"
        with override("en"):
            assert tags.in_full(at(23, 14, 30)) == "23 Nov (Mon) 14:30"


@pytest.mark.django_db
def test_deadlines_are_said_in_working_days_and_hours() -> None:
    with clock.stand_at(MONDAY):
        assert tags.due(at(19, 18)) == "逾期2个工作日"
        assert tags.due(at(23, 8)) == "逾期2小时"
        assert tags.due(at(21, 18)) == "逾期1个工作日"
        assert tags.due(at(23, 17)) == "今天 17:00前"
        assert tags.due(at(24, 18)) == "明天 18:00前"
        assert tags.due(at(25, 18)) == "11月25日 (周三)"
        assert tags.due_left(at(23, 10, 40)) == "还剩35分钟"
        assert tags.due_left(at(23, 17)) == "还剩6小时"
        assert tags.due_left(at(27, 17)) == "还剩4天"
        assert tags.due_left(at(19, 18)) == "应于 11月19日"
        assert [tags.heat(at(d, 18)) for d in (19, 23, 25, 30)] == [3, 2, 1, 0]


# ── parts ─────────────────────────────────────────────────


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


class Asked(forms.Form):
    title = forms.CharField(label="标题", help_text="一句话")
    kind = forms.ChoiceField(label="方式", choices=[("a", "举手"), ("b", "记名")], widget=forms.RadioSelect)


def test_a_field_s_hint_and_error_are_tied_to_it_and_the_summary_leads_there() -> None:
    form = Asked({"title": ""})
    field = draw("{% field form.title %}", form=form)
    assert 'aria-describedby="id_title_hint id_title_error"' in field
    assert 'aria-invalid="true"' in field
    assert 'id="id_title_error"' in field
    assert "这里还空着，请填写。" in field
    summary = draw("{% errors form %}", form=form)
    targets = re.findall(r'href="#([\w-]+)">([^<]+)<', summary)
    assert targets == [("id_title", "请填写“标题”。"), ("id_kind", "请填写“方式”。")]
    page = draw("{% fields form %}", form=form)
    assert all(f'id="{target}"' in page for target, _words in targets)
    assert draw("{% errors form %}", form=Asked({"title": "灯", "kind": "a"})).strip() == ""


def test_a_seat_is_a_councillor_and_the_line_stands_at_what_is_needed() -> None:
    seats = draw("{% seats yes=4 no=1 abstain=1 need=4 %}")
    assert seats.count("<i ") == 6
    before, after = seats.split('class="line"')
    assert (before.count("<i "), after.count("<i ")) == (4, 2)
    assert "赞成 4，反对 1，弃权 1；需4席" in seats


def test_a_figure_says_what_it_was_divided_by() -> None:
    assert "17/19件" in draw('{% figure label="按时" part=17 whole=19 noun="件" %}')
    assert "分母不足10" in draw('{% figure label="运行" part=3 whole=4 noun="个" %}')
    nothing = draw('{% figure label="满意" part=0 whole=0 noun="件" %}')
    assert "无" in nothing
    assert "%" not in nothing.replace("100%", "")


def test_tabs_keep_the_other_filters_and_begin_at_the_first_page() -> None:
    request = RequestFactory().get("/motions/?q=灯&before=x~1&view=all")
    tabs = draw("{% tabs rows %}", request=request, rows=[("all", "全部", True), ("late", "逾期", False, 2)])
    assert tabs.count('aria-current="page"') == 1
    assert "before" not in tabs
    assert "q=%E7%81%AF&amp;view=late" in tabs


def test_a_capped_count_says_so() -> None:
    page = SimpleNamespace(count=10000, is_capped=True, first="", older="?before=1~1")
    pager = draw('{% pager page noun="件" %}', page=page)
    assert "共 10,000+件" in pager
    assert 'rel="next"' in pager


# ── switches and mishaps ──────────────────────────────────


@pytest.mark.django_db
def test_a_choice_of_look_is_kept_and_drawn_by_the_server(client: Client) -> None:
    answer = client.get("/look/", {"theme": "dark", "view": "elder", "next": "/privacy/"})
    assert (answer.status_code, answer["Location"]) == (302, "/privacy/")
    page = client.get("/privacy/").content.decode()
    assert 'data-bs-theme="dark"' in page
    assert 'data-view="elder"' in page
    client.get("/look/", {"language": "en"})
    assert '<html lang="en"' in client.get("/privacy/").content.decode()


@pytest.mark.django_db
def test_a_switch_leads_nowhere_else_and_takes_nothing_unknown(client: Client) -> None:
    answer = client.get("/look/", {"theme": "pink", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert "theme" not in answer.cookies


@pytest.mark.parametrize("number", [400, 403, 404, 413, 429, 500])
def test_a_mishap_s_page_needs_neither_request_nor_database(number: int) -> None:
    page = loader.render_to_string(f"errors/{number}.html")
    assert "<h1>" in page
    assert page.count("<p>") >= 1
    assert 'href="/"' in page


def test_the_last_page_of_all_is_drawn_when_everything_else_has_failed(rf: RequestFactory) -> None:
    answer = views.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "已经存好的都还在" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a"})
    assert answer.status_code == 403
    assert "这一页放得太久了" in answer.content.decode()
