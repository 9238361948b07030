"""The house keeps its plan: rooms, names, declarations, gates. A new file or model is in these tests by itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from jiequ.core.flow import Flow, acts_of, named_kinds
from jiequ.core.measures import REGISTER, Measure
from jiequ.core.models import Key
from jiequ.core.permission import PUBLIC
from jiequ.core.personal import Sealed
from jiequ.overview.views.feed import QUIET
from jiequ.people.roles import ROLES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "jiequ"
HOUSES = ["core", "territory", "people", "work", "cases", "outreach", "council", "overview", "api", "demo"]
ROOMS = {
    "__init__", "apps", "models", "workflow", "actions", "indicators", "forms", "sheets", "views", "public", "urls", "admin",
}  # fmt: skip
#: What a house has beside the common rooms; ARCHITECTURE.md says why.
OWN_ROOMS = {
    "core": None,  # its mechanisms, each a file
    "territory": {"shapes"},
    "people": {"roles", "channels", "accounts", "middleware"},
    "work": {"secrets"},
    "cases": {"routing", "documents"},
    "outreach": {"documents"},
    "council": {"documents", "screening"},
    "api": {"open311"},
    "overview": {"frame"},
    "demo": None,
}
FORBIDDEN = {"utils", "helpers", "common", "base", "manager", "managers", "services"}


def files() -> list[Path]:
    return [p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts]


def our_models() -> list[type[models.Model]]:
    return [m for house in HOUSES for m in apps.get_app_config(house).get_models()]


def test_every_file_stands_in_a_known_room():
    strange = []
    for house in HOUSES:
        own = OWN_ROOMS.get(house, set())
        if own is None:
            continue
        for path in (PACKAGE / house).iterdir():
            if path.name in {"templates", "migrations", "__pycache__"}:
                continue
            if path.stem not in ROOMS | own:
                strange.append(f"{house}/{path.name}")
    assert strange == []


def test_no_file_is_called_what_says_nothing():
    assert [str(p) for p in files() if p.stem in FORBIDDEN] == []


def test_a_file_that_makes_you_scroll_is_two_files():
    long = {str(p.relative_to(ROOT)): n for p in files() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_only_the_clock_asks_for_the_time():
    """Sign-in and second factors keep real time on purpose; the clock itself and the demo's setting of it are the clock."""
    allowed = {"core/clock.py", "demo/replay.py", "core/ids.py", "site/server.py"}  # the server ends real sessions
    asks = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|datetime\.today\(|utcnow\(|localdate\(")
    found = [
        str(p.relative_to(PACKAGE))
        for p in files()
        if str(p.relative_to(PACKAGE)) not in allowed
        and asks.search(p.read_text())
        and "real time" not in p.read_text()
    ]
    assert found == []


def test_no_signals_and_no_save_tricks():
    found = []
    for path in files():
        text = path.read_text()
        if "django.db.models.signals" in text or "@receiver" in text:
            found.append(f"{path.name}: signals")
        tree = ast.parse(text)
        found += [
            f"{path.relative_to(PACKAGE)}: {node.name}"
            for cls in ast.walk(tree)
            if isinstance(cls, ast.ClassDef)
            for node in cls.body
            if isinstance(node, ast.FunctionDef)
            and node.name in {"save", "delete"}
            and "models" in path.parts[-2:][0] + path.stem
        ]
    assert found == []


WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def test_views_and_forms_do_not_write():
    """Writes are actions. `.update(` on a dict is no write, so it is not looked for here; the query sets of a view only read."""
    found = []
    for path in files():
        room = path.stem if path.parent.name in HOUSES else path.parent.name
        if room not in {"views", "public", "forms", "indicators", "workflow", "frame"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                said = ast.unparse(node.func)
                if "session" in said or "cache" in said or "device" in said.casefold():
                    continue  # sessions and one-time-password devices are the framework's own tables
                found.append(f"{path.relative_to(PACKAGE)}: {said}")
    assert found == []


def test_every_public_action_is_a_gate_with_by():
    wrong = []
    for house in HOUSES:
        place = PACKAGE / house / "actions"
        paths = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
        for path in paths:
            if not path.exists():
                continue
            for node in ast.parse(path.read_text()).body:
                if not isinstance(node, ast.FunctionDef):
                    continue
                gates = [ast.unparse(d) for d in node.decorator_list]
                if "action" not in gates:
                    continue
                keywords = {a.arg for a in node.args.kwonlyargs}
                # What the tick does is done by the system; marking one's own notices read is by whose they are.
                if "by" not in keywords and not ast.get_docstring(node, clean=True):
                    wrong.append(f"{path.relative_to(PACKAGE)}: {node.name}")
                if not node.name.startswith("_") and "_" not in node.name and node.name not in {"notify"}:
                    wrong.append(f"{path.relative_to(PACKAGE)}: {node.name} is not verb_noun")
    assert wrong == []


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
def test_every_text_field_says_whether_it_is_personal(model):
    personal = getattr(model, "personal", {})
    plain = getattr(model, "plain", ())
    texts = (models.CharField, models.TextField, models.JSONField, Sealed)
    for field in model._meta.local_concrete_fields:
        if isinstance(field, texts) and field.name not in {"path"}:
            declared = (field.name in personal) + (field.name in plain)
            assert declared == 1, f"{model._meta.label}.{field.name} is declared {declared} times"
    names = {f.name for f in model._meta.get_fields()}
    assert set(personal) | set(plain) <= names, "a declaration for a field that is not there"


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m._meta.label)
def test_an_encrypted_field_has_a_key_before_it_has_a_row(model):
    if any(isinstance(f, Sealed) for f in model._meta.local_concrete_fields):
        assert issubclass(model, Key)


def test_every_model_stands_in_the_glossary():
    words = (ROOT / "docs" / "glossary.md").read_text()
    missing = [m.__name__ for m in our_models() if f"`{m.__name__}`" not in words]
    assert missing == []


def test_every_move_s_permission_is_given_to_somebody():
    given = set().union(*(r.permissions for r in ROLES.values())) | PUBLIC.permissions
    needed = {m.may for flow in Flow.register.values() for m in flow.moves.values()}
    assert needed - given == set()


def test_every_permission_that_code_asks_for_is_given_to_somebody():
    given = set().union(*(r.permissions for r in ROLES.values())) | PUBLIC.permissions
    asked = set()
    pattern = re.compile(r'(?:require|may|reach|holds_anywhere)\(\s*(?:[\w.]+,\s*)?"([a-z]+\.[a-z_]+)"')
    for path in files():
        asked |= set(pattern.findall(path.read_text()))
    assert asked - given == set()


def test_whatever_the_journal_enters_has_words():
    named = {verb for kind in named_kinds() for verb in acts_of(kind)} | set(QUIET)
    entered = set()
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("record", "record_all"):
                first = node.args[0]
                said = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
                entered |= {verb.value for verb in said if isinstance(verb, ast.Constant)}
    assert entered - named == {"import"}  # of a list, which no feed tells of


def test_every_listed_measure_can_draw_its_rows():
    for figure in REGISTER.values():
        if isinstance(figure, Measure):
            assert figure.page and figure.headings, f"{figure.key} has no page for its rows"
            house, _, name = figure.page.partition("/")
            assert (PACKAGE / house / "templates" / figure.page).exists(), f"{figure.page} is missing ({name})"


def test_templates_never_call_a_variable_block():
    bad = re.compile(r"{{\s*block[.\s|}]|{%\s*(?:for|with)\s+block\b")
    assert [str(p) for p in PACKAGE.rglob("*.html") if bad.search(p.read_text())] == []


def test_no_template_has_inline_style_or_script():
    bad = re.compile(r"<[^>]+\s(?:style|on[a-z]+)=|<script(?![^>]*\ssrc=)[^>]*>")
    assert [str(p.relative_to(PACKAGE)) for p in PACKAGE.rglob("*.html") if bad.search(p.read_text())] == []
