"""Everything that was said and decided about one case, in three statements however long it has gone on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Value,
)
from django.db.models.functions import Cast

from jiequ.cases.models import (
    Case,
    CaseMessage,
    CasePhoto,
    CaseRating,
    ClockChange,
    CoHandling,
    Complainant,
    Dispatch,
    Handler,
    Whistle,
)
from jiequ.core.personal import Sealed, decrypt, hide_numbers, mask_name, mask_phone

K = CaseMessage.Kind
#: The columns of a statement that reads several tables at once: name and type.
TALK: dict[str, Any] = {
    "what": CharField(), "pk": BigIntegerField(), "at": DateTimeField(), "code": CharField(), "code2": CharField(),
    "who": CharField(), "whose": BigIntegerField(), "message": BigIntegerField(), "ended_at": DateTimeField(),
    "one": BinaryField(), "two": BinaryField(), "three": BinaryField(),
}  # fmt: skip
CHAIN: dict[str, Any] = {
    "what": CharField(), "pk": BigIntegerField(), "handler": BigIntegerField(), "name": CharField(),
    "code": CharField(), "code2": CharField(), "flag": BooleanField(), "until": DateField(),
    "at": DateTimeField(), "who": CharField(), "who_id": BigIntegerField(), "text": CharField(),
    "at2": DateTimeField(), "who2": CharField(), "who2_id": BigIntegerField(), "text2": CharField(),
    "at3": DateTimeField(), "who3": CharField(), "text3": CharField(), "ended_at": DateTimeField(),
}  # fmt: skip


@dataclass(frozen=True)
class Brought:
    """A complainant, masked."""

    pk: int
    label: str
    phone: str
    is_anonymous: bool
    joined_at: datetime
    came_with: int | None
    withdrew_at: datetime | None


@dataclass(frozen=True)
class Said:
    """A message, or a rating."""

    what: str  # message or rating
    pk: int
    code: str
    at: datetime
    who: str
    text: str
    way: str = ""
    photos: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        return str(Case.Score(self.code).label if self.what == "rating" else K(self.code).label)

    @property
    def way_label(self) -> str:
        return str(CaseRating.Way(self.way).label) if self.way else ""


@dataclass(frozen=True)
class Link:
    """A dispatch, a whistle, a change of the clock or a helping handler, as the page tells it.

    `at`, `who`, `text` say what was asked; `at2`, `who2`, `text2` what was answered (of a dispatch: objected); `at3` the ruling.
    """

    what: str
    pk: int
    handler: int | None
    name: str
    code: str
    code2: str
    flag: bool | None
    until: date | None
    at: datetime
    who: str
    who_id: int | None
    text: str
    at2: datetime | None
    who2: str
    who2_id: int | None
    text2: str
    at3: datetime | None
    who3: str
    text3: str
    ended_at: datetime | None

    @property
    def levels(self) -> tuple[str, str]:
        return str(Handler.Level(self.code).label), str(Handler.Level(self.code2).label)

    @property
    def kind_label(self) -> str:
        return str(ClockChange.Kind(self.code).label)

    @property
    def is_running(self) -> bool:
        return self.code == ClockChange.Kind.PAUSE and bool(self.flag) and self.ended_at is None


class History:
    """One case's, read when it is drawn."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def _talk(self) -> list[dict[str, Any]]:
        of = {"case": self.case.pk}
        rows = _union(
            TALK,
            _part(CaseMessage.objects.filter(**of), TALK, what="message", at="said_at", code="kind", who="said_by__label",
                  whose="complainant", one="text"),
            _part(CaseRating.objects.filter(**of), TALK, what="rating", at="rated_at", code="score", code2="way",
                  whose="complainant", one="words"),
            _part(CasePhoto.objects.filter(**of), TALK, what="photo", at="added_at", message="message"),
            _part(Complainant.objects.filter(**of), TALK, what="complainant", at="joined_at", who="person__label",
                  whose="came_with", ended_at="withdrew_at", one="name", two="phone", three="email"),
        )  # fmt: skip
        return sorted(rows, key=lambda row: (row["at"], row["pk"]))

    def _of(self, what: str) -> list[dict[str, Any]]:
        return [row for row in self._talk if row["what"] == what]

    @cached_property
    def complainants(self) -> list[Brought]:
        found = []
        for row in self._of("complainant"):
            name, phone, email = (_open(Complainant, field, row["pk"], row[column]) for field, column in _SEALED)
            label = row["who"] or mask_name(name)
            found.append(
                Brought(row["pk"], label, mask_phone(phone), not (label or phone or email), row["at"], row["whose"],
                        row["ended_at"])
            )  # fmt: skip
        return found

    @cached_property
    def photos(self) -> list[int]:
        """Those that came with the case itself."""
        return [row["pk"] for row in self._of("photo") if row["message"] is None]

    @cached_property
    def said(self) -> list[Said]:
        """Messages and ratings, the oldest first; a complainant's are told by the masked name."""
        names = {c.pk: c.label for c in self.complainants}
        shown: dict[int, list[int]] = {}
        for row in self._of("photo"):
            shown.setdefault(row["message"] or 0, []).append(row["pk"])
        found = []
        for row in self._talk:
            if row["what"] not in ("message", "rating"):
                continue
            model, column = (CaseMessage, "text") if row["what"] == "message" else (CaseRating, "words")
            text = hide_numbers(_open(model, column, row["pk"], row["one"]))
            who = names.get(row["whose"], "") if row["whose"] else row["who"] or ""
            found.append(
                Said(row["what"], row["pk"], row["code"], row["at"], who, text, row["code2"] or "",
                     tuple(shown.get(row["pk"], ())))
            )  # fmt: skip
        return found

    @cached_property
    def links(self) -> list[Link]:
        of = {"case": self.case.pk}
        rows = _union(
            CHAIN,
            _part(Dispatch.objects.filter(**of), CHAIN, what="dispatch", handler="lead", name="lead__name",
                  flag="was_upheld", at="dispatched_at", who="dispatched_by__label", who_id="dispatched_by", text="note",
                  at2="objected_at", who2="objected_by__label", who2_id="objected_by", text2="objection", at3="ruled_at",
                  who3="ruled_by__label", text3="ruling", ended_at="acknowledged_at"),
            _part(Whistle.objects.filter(**of), CHAIN, what="whistle", handler="to", name="to__name", code="from_level",
                  code2="to_level", flag="took_over", at="called_at", who="called_by__label", who_id="called_by",
                  text="call", at2="answered_at", who2="answered_by__label", text2="answer", ended_at="answer_due_at"),
            _part(ClockChange.objects.filter(**of), CHAIN, what="clock", code="kind", flag="was_granted", until="until",
                  at="asked_at", who="asked_by__label", who_id="asked_by", text="reason", at2="decided_at",
                  who2="decided_by__label", text2="says", at3="due_at", ended_at="ended_at"),
            _part(CoHandling.objects.filter(**of), CHAIN, what="helper", handler="handler", name="handler__name",
                  at="asked_at", at2="done_at", text2="note"),
        )  # fmt: skip
        found = []
        for row in rows:
            said: dict[str, Any] = {
                k: row[k] or "" if isinstance(kind, CharField) else row[k] for k, kind in CHAIN.items()
            }
            found.append(Link(**said))
        return sorted(found, key=lambda link: (link.at, link.pk))

    def of(self, what: str) -> list[Link]:
        return [link for link in self.links if link.what == what]

    @property
    def dispatches(self) -> list[Link]:
        return self.of("dispatch")

    @property
    def whistles(self) -> list[Link]:
        return self.of("whistle")

    @property
    def clock_changes(self) -> list[Link]:
        return self.of("clock")

    @property
    def helpers(self) -> list[Link]:
        return self.of("helper")

    @property
    def open_whistle(self) -> Link | None:
        return next((w for w in self.whistles if w.at2 is None), None)

    @property
    def asked_time(self) -> Link | None:
        """A change of the clock that nobody has decided on."""
        return next((c for c in self.clock_changes if c.at2 is None), None)

    @property
    def pause(self) -> Link | None:
        return next((c for c in self.clock_changes if c.is_running), None)


_SEALED = (("name", "one"), ("phone", "two"), ("email", "three"))


def _part(rows: Any, columns: dict[str, Any], what: str, **sources: str) -> Any:
    """One table's branch: each column from its source, or empty. Every branch says its types, so that both databases agree."""
    said = {"pk": "pk", **sources}
    values: dict[str, Any] = {"c_what": Value(what, output_field=CharField())}
    for name, kind in columns.items():
        if name == "what":
            continue
        source = F(said[name]) if name in said else Cast(Value(None), kind)
        values[f"c_{name}"] = source
    return rows.order_by().annotate(**values).values_list(*(f"c_{name}" for name in columns))


def _union(columns: dict[str, Any], first: Any, *others: Any) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in first.union(*others, all=True)]


def _open(model: Any, name: str, pk: int, blob: Any) -> str:
    """What a sealed column of row `pk` says."""
    field: Sealed = model._meta.get_field(name)
    return decrypt(bytes(blob), field.bound_to(pk)) if blob else ""
