"""Things of which somebody must know nothing, though they may look at all others there: a task about one says what it is about.

A house enters which of its things that are; tasks, their news and whoever may be given one ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models


@dataclass(frozen=True)
class Secret:
    """`keys` gives the keys of the things of `kind` (a model's label) that are kept from an account, in querysets each of which an
    index answers; `persons` from whom one thing is kept, by its key."""

    kind: str
    keys: Callable[[Any], Sequence[models.QuerySet[Any]]]
    persons: Callable[[int], set[int]]

    register: ClassVar[dict[str, Secret]] = {}

    def __post_init__(self) -> None:
        Secret.register[self.kind] = self


def known_to(account: Any, rows: Any, *, key: str = "about_id", kind: str = "about_kind") -> Any:
    """`rows` without those that are about what is kept from `account`: one condition for each of the querysets, because together
    PostgreSQL would read all things there are."""
    for secret in Secret.register.values():
        for keys in secret.keys(account):
            rows = rows.exclude(models.Exists(keys.filter(pk=models.OuterRef(key))), **{kind: secret.kind})
    return rows


def kept_from_whom(kind: str, key: int | None) -> set[int]:
    """The persons who must not hear of a thing, by its kind and key; nobody where its house has no secrets."""
    secret = Secret.register.get(kind)
    return secret.persons(key) if secret is not None and key is not None else set()
