"""Translations without the system's gettext: `python -m jiequ.site.messages extract|compile`.

`extract` brings locale/en/LC_MESSAGES/django.po up to what code and templates say: new strings come in untranslated,
those no longer said go out, translations stay. `compile` writes the .mo file beside each .po file.
Source strings are Chinese, so Chinese itself needs no catalogue.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "jiequ"
LOCALE = CHECKOUT / "locale"
CATALOGUE = LOCALE / "en" / "LC_MESSAGES" / "django.po"
HEADER = {
    "Project-Id-Version": "jiequ",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
# How many arguments of a call are text, and which of them is the context ("c"), as Babel writes it.
CALLS = {
    "_": None,
    "_now": None,  # where `_` is the lazy one, gettext itself goes by these two names
    "now_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Said = tuple[str, str, str]  # context, text, plural; the empty string where there is none


def said_in_code(source: str) -> Iterator[Said]:
    """The strings that Python code marks for translation."""
    from babel.messages.extract import extract

    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=CALLS):
        text, plural = message if isinstance(message, tuple) else (message, "")
        if text:
            yield context or "", text, plural or ""


def said_in_template(source: str, name: str) -> Iterator[Said]:
    """The strings that a template marks; Django turns it into code first, with X for all that is not marked."""
    from django.utils.translation.template import templatize

    code = templatize(source, origin=name)
    # Left to right without indentation, for the tokenizer; and wide spaces between the marks mean nothing to it.
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in code.splitlines())
    yield from said_in_code("\n".join(lines))


def said(package: Path = PACKAGE) -> set[Said]:
    """Everything the product says that has a translation."""
    found: set[Said] = set()
    for file in sorted(package.rglob("*.py")):
        if "migrations" not in file.parts:
            found.update(said_in_code(file.read_text()))
    for pattern in ("*.html", "*.txt"):
        for file in sorted(package.glob(f"*/templates/**/{pattern}")):
            found.update(said_in_template(file.read_text(), str(file)))
    return found


def merge(catalogue: polib.POFile, found: set[Said]) -> polib.POFile:
    """A sorted catalogue of what is said now, with the translations of the old one."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    merged = polib.POFile(wrapwidth=110)
    merged.metadata = dict(HEADER)
    plurals = {(context, text): plural for context, text, plural in sorted(found)}  # a plural wins over none
    for (context, text), plural in sorted(plurals.items(), key=lambda item: (item[0][1], item[0][0])):
        old = known.get((context, text))
        entry = polib.POEntry(msgid=text, msgctxt=context or None)
        if "%(" in text or "%s" in text or "%d" in text:
            entry.flags = ["python-format"]
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = (old and old.msgstr_plural) or {0: "", 1: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        merged.append(entry)
    return merged


def untranslated(catalogue: polib.POFile) -> list[str]:
    """The texts that have no English, or not both of its forms."""
    return [
        entry.msgid
        for entry in catalogue
        if not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
    ]


def extract_all() -> str:
    old = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    new = merge(old, said())
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(CATALOGUE))
    return f"{len(new)} strings, {len(untranslated(new))} without English"


def compile_all() -> str:
    sources = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    for source in sources:
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
    return f"{len(sources)} compiled"


WORDS = {"extract": extract_all, "compile": compile_all}


def main(words: list[str]) -> int:
    if len(words) != 1 or words[0] not in WORDS:
        sys.stderr.write("Usage: python -m jiequ.site.messages extract|compile\n")
        return 2
    sys.stdout.write(WORDS[words[0]]() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
