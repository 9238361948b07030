"""English is complete: every string of the pages is marked, has a translation, and it takes the same values."""

import re

import polib
import pytest

from jiequ.site import messages

VALUES = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
#: What may stand unmarked in a template: comments, tags (their strings are marked or are names), marked passages.
MARKED = re.compile(
    r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}|<!--.*?-->",
    re.S,
)


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(messages.CATALOGUE))


def test_every_string_has_english(catalogue):
    assert messages.untranslated(catalogue) == []


def test_the_catalogue_holds_just_the_strings_of_the_code(catalogue):
    there = {(e.msgctxt or "", e.msgid) for e in catalogue if not e.obsolete}
    said = {(context, text) for context, text, _plural in messages.said()}
    assert said - there == set(), "run: python -m jiequ.site.messages extract, and translate"
    assert there - said == set(), "run: python -m jiequ.site.messages extract"


def test_extract_knows_every_name_that_gettext_goes_by():
    code = (path.read_text() for path in messages.PACKAGE.rglob("*.py"))
    names = {name for source in code for name in re.findall(r"import \w*gettext\w* as (\w+)", source)}
    assert names - set(messages.CALLS) == set()
    assert "_" in names


def test_a_translation_takes_the_same_values(catalogue):
    wrong = [
        e.msgid
        for e in catalogue
        if not e.msgid_plural and sorted(VALUES.findall(e.msgid)) != sorted(VALUES.findall(e.msgstr))
    ]
    assert wrong == []


def test_no_template_says_chinese_unmarked():
    bilingual = {"500.html", "_switches.html", "resident.html"}  # say both, or name the language in itself
    found = []
    for path in messages.PACKAGE.rglob("*.html"):
        if path.name in bilingual:
            continue
        text = MARKED.sub("", path.read_text())
        found += [
            f"{path.relative_to(messages.PACKAGE)}: {line.strip()[:60]}"
            for line in text.splitlines()
            if HAN.search(line)
        ]
    assert found == []
