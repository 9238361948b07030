"""Translations are found in code and templates, and survive an update of the catalogue."""

import polib

from jiequ.site import messages

TEMPLATE = """{% load i18n %}<p>没有标记　{% translate "议题" %} {% translate "街" context "地名" %}
    {% blocktranslate count n=rows|length %}{{ n }} 件{% plural %}共 {{ n }} 件{% endblocktranslate %}
  {% blocktranslate trimmed with name=person.name %}
    你好，{{ name }}：
    it's "ready"
  {% endblocktranslate %}
{% if a == _("是") %}{{ x|default:_("无") }}{% endif %}{# 注释 #}{% comment %}不说{% endcomment %}</p>"""


def test_a_template_says_what_it_marks_and_nothing_else() -> None:
    assert set(messages.said_in_template(TEMPLATE, "page.html")) == {
        ("", "议题", ""),
        ("地名", "街", ""),
        ("", "%(n)s 件", "共 %(n)s 件"),
        ("", '你好，%(name)s： it\'s "ready"', ""),
        ("", "是", ""),
        ("", "无", ""),
    }


def test_code_says_what_it_marks_in_every_way_of_marking() -> None:
    code = '_("甲")\ngettext_lazy("乙" "丙")\nngettext_lazy("%(n)d 人", "共 %(n)d 人", n)\npgettext("地名", "丁")\n_(name)\n"戊"\n'
    assert sorted(messages.said_in_code(code)) == [
        ("", "%(n)d 人", "共 %(n)d 人"),
        ("", "乙丙", ""),
        ("", "甲", ""),
        ("地名", "丁", ""),
    ]


def test_an_update_keeps_translations_adds_the_new_and_drops_the_old() -> None:
    old = polib.POFile()
    old.append(polib.POEntry(msgid="议题", msgstr="Motion"))
    old.append(polib.POEntry(msgid="不再说", msgstr="No longer said"))
    old.append(polib.POEntry(msgid="%(n)s 件", msgid_plural="共 %(n)s 件", msgstr_plural={0: "one", 1: "many"}))
    new = messages.merge(old, {("", "议题", ""), ("", "%(n)s 件", "共 %(n)s 件"), ("", "街区", "")})
    assert {entry.msgid: entry.msgstr_plural or entry.msgstr for entry in new} == {
        "议题": "Motion",
        "%(n)s 件": {0: "one", 1: "many"},
        "街区": "",
    }
    assert messages.untranslated(new) == ["街区"]
    assert str(messages.merge(new, {("", "议题", ""), ("", "%(n)s 件", "共 %(n)s 件"), ("", "街区", "")})) == str(new)
