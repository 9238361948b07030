"""`jiequ docs`: docs/workflows.md and docs/data-model.md, written from the code so that they cannot say anything else.

A test holds the files against what is rendered here; `jiequ docs --check` is the same question for a shell.
Labels stay Chinese, as the pages show them; names of moves, states and fields are the code's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation

from jiequ.core.flow import Flow
from jiequ.core.measures import REGISTER, Measure, Median, Share
from jiequ.core.permission import PUBLIC
from jiequ.core.personal import Personal, Sealed
from jiequ.people.roles import PERMISSIONS, ROLES
from jiequ.work.workflow import Work

HOUSES = ("core", "territory", "people", "work", "cases", "outreach", "council", "overview", "api", "demo")
WRITTEN = "<!-- Written by `jiequ docs` from the code. Do not edit: change the code and run it again. -->"


def stale() -> list[Path]:
    """The files that differ from what the code says now."""
    return [path for path, text in rendered().items() if not path.exists() or path.read_text() != text]


def write() -> list[Path]:
    """Write what is stale; returns which files changed."""
    changed = stale()
    pages = rendered()
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path])
    return changed


def rendered() -> dict[Path, str]:
    """{file: its text}, in Chinese whatever the caller's language."""
    folder = Path(settings.CHECKOUT) / "docs"
    with translation.override("zh-hans"):
        return {
            folder / "workflows.md": "\n".join(workflows()) + "\n",
            folder / "data-model.md": "\n".join(data_model()) + "\n",
        }


# --- workflows -------------------------------------------------------------------------------------------------------


def workflows() -> Iterator[str]:
    yield from ("# Workflows", "", WRITTEN, "")
    yield "Every state, every move between two states, and who may make it, read from each house's `workflow.py`."
    yield "A move marked *follows* has no button: another act (a notice, a vote, the end of a meeting) makes it."
    yield "Lateness is not a state: it is computed from a due time. Roles are those of `jiequ/people/roles.py`."
    for flow in Flow.register.values():
        yield from ("", *_flow(flow))
    yield from ("", *_works())


def _flow(flow: Flow) -> Iterator[str]:
    yield f"## {apps.get_model(flow.kind)._meta.verbose_name} `{flow.kind}`"
    yield from ("", "```mermaid", "stateDiagram-v2")
    states = [str(value) for value in flow.states.values]
    for state in states:
        yield f'    state "{flow.states(state).label}" as {state}'
    yield f"    [*] --> {states[0]}"
    for move in flow.moves.values():
        for source in (s for s in states if s in move.sources):
            yield f"    {source} --> {move.target} : {move.label}"
    left = {s for move in flow.moves.values() for s in move.sources}
    yield from (f"    {state} --> [*]" for state in states if state not in left)
    yield from ("```", "", "| move | on the page | from | to | permission | who |", "|---|---|---|---|---|---|")
    for move in flow.moves.values():
        sources = " ".join(f"`{s}`" for s in states if s in move.sources)
        name = f"`{move.name}`" + (" *follows*" if move.by_machine else "")
        yield f"| {name} | {move.label} | {sources} | `{move.target}` | `{move.may}` | {_who(move.may)} |"


def _who(permission: str) -> str:
    """Every role that has the permission, by the people it names."""
    roles = [str(role.label) for role in ROLES.values() if permission in role.permissions]
    return "、".join([*roles, *(["任何人"] if permission in PUBLIC.permissions else [])]) or "—"


def _works() -> Iterator[str]:
    yield "## Work that is asked of people"
    yield ""
    yield "Each line is a kind of `Task`. Where it says *on its page*, the act itself finishes the task."
    yield from ("", "| task | button | finished |", "|---|---|---|")
    for work in Work.register.values():
        yield f"| `{work.verb}` | {work.label} | {'by hand' if work.by_hand else 'on its page'} |"
    yield from ("", "## Permissions", "", "| permission | what it opens | who |", "|---|---|---|")
    for code, words in PERMISSIONS.items():
        yield f"| `{code}` | {words} | {_who(code)} |"


# --- data model ------------------------------------------------------------------------------------------------------


def data_model() -> Iterator[str]:
    yield from ("# Data model", "", WRITTEN, "")
    yield "Every table of Jiequ's own, house by house from the ground up; references point down the street only."
    yield "*sealed* is encrypted at rest and bound to its row; *personal* says why a field is held."
    yield "The words behind the names stand in [the glossary](glossary.md)."
    for house in HOUSES:
        tables = list(apps.get_app_config(house).get_models())
        if tables:
            yield from ("", f"## {house}", "", *_diagram(tables))
            for table in tables:
                yield from ("", *_table(table))
    yield from ("", *_figures())


def _diagram(tables: Iterable[type[models.Model]]) -> Iterator[str]:
    yield from ("```mermaid", "erDiagram")
    for table in tables:
        yield f"    {table.__name__}"
        for field in (*table._meta.local_fields, *table._meta.local_many_to_many):
            target = field.related_model
            if not isinstance(target, type) or not issubclass(target, models.Model):
                continue
            end = "}o--o{" if field.many_to_many else "|o--o|" if field.one_to_one and field.null else "||--o|"
            if field.many_to_one:
                end = "|o--o{" if field.null else "||--o{"
            yield f'    {target.__name__} {end} {table.__name__} : "{field.name}"'
    yield "```"


def _table(table: type[models.Model]) -> Iterator[str]:
    yield f"### {table.__name__} {table._meta.verbose_name}"
    yield from ("", " ".join((inspect.getdoc(table) or "").split()), "")
    yield from ("| field | holds | what it says |", "|---|---|---|")
    personal: dict[str, Personal] = getattr(table, "personal", {})
    for field in (*table._meta.local_fields, *table._meta.local_many_to_many):
        yield f"| `{field.name}` | {_holds(field)} | {_says(field, personal.get(field.name))} |"
    rules = [rule.name for rule in table._meta.constraints]
    if rules:
        yield from ("", "The database keeps: " + ", ".join(f"`{name}`" for name in rules) + ".")


def _holds(field: Any) -> str:
    target = field.related_model
    if isinstance(target, type) and issubclass(target, models.Model):
        many = "many " if field.many_to_many else ""
        words = (
            f"{many}[{target.__name__}](#{_anchor(target)})" if target._meta.app_label in HOUSES else target.__name__
        )
    elif isinstance(field, Sealed):
        words = "sealed text"
    else:
        words = field.get_internal_type().removesuffix("Field").replace("Positive", "").replace("Small", "").casefold()
        words = {"char": "text", "integer": "number", "biginteger": "number", "bigauto": "key"}.get(words, words)
        words += f" ≤ {field.max_length}" if field.max_length and words == "text" else ""
    if field.primary_key and words != "key":
        words += ", key"
    return words + (", or nothing" if field.null else "")


def _says(field: Any, personal: Personal | None) -> str:
    """The label where the field has one of its own, its choices, and why it is held where it is personal."""
    said = [str(field.verbose_name)] if str(field.verbose_name) != field.name.replace("_", " ") else []
    if said == ["ID"]:
        said = []
    if isinstance(field.choices, list | tuple) and field.name != "role":
        said.append(" · ".join(f"`{value}` {label}" for value, label in field.choices))
    if personal is not None:
        said.append(f"*personal*: {personal.why}")
    return "；".join(said)


def _anchor(table: Any) -> str:
    """As code hosts make it from the heading: lower case, spaces to hyphens, punctuation gone."""
    heading = f"{table.__name__} {table._meta.verbose_name}".casefold()
    return "".join(c for c in heading.replace(" ", "-") if c.isalnum() or c in "-_")


def _figures() -> Iterator[str]:
    yield "## Figures"
    yield ""
    yield "What `jiequ figures` prints under these keys, counted for a unit and a period; each opens to its rows."
    yield from ("", "| key | figure | definition |", "|---|---|---|")
    for key, figure in REGISTER.items():
        share = f"`{figure.part.key}` ÷ `{figure.whole.key}`" if isinstance(figure, Share) else ""
        share = f"median of `{figure.of.key}`" if isinstance(figure, Median) else share
        share = f"sum of `{figure.adds}`" if isinstance(figure, Measure) and figure.adds else share
        yield f"| `{key}` | {figure.label} | {'；'.join(filter(None, (share, str(figure.says))))} |"
