"""What the persons of a paper are called: masked, unless somebody has said why not. Read when the paper is drawn, never kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.utils import translation

from jiequ.council.documents.record import Content, persons_in
from jiequ.council.models import Guest
from jiequ.people.models import Person
from jiequ.people.roles import ROLES

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


class Names:
    """The names of one paper by number. Two who would be called the same get a number of their own: 王*①, 王*②."""

    def __init__(self, persons: Mapping[int, str], guests: Mapping[int, str], content: Content) -> None:
        self.is_full = False
        self._guests = guests
        self._roles: dict[int, list[str]] = {}
        for post in content["posts"]:
            self._roles.setdefault(post["person"], []).append(_chinese(ROLES[post["role"]].label))
        self._persons = dict(_told_apart(persons))

    @classmethod
    def of(cls, content: Content, *, full: Mapping[int, str] | None = None, also: Iterable[int] = ()) -> Names:
        """Two statements. `full` are whole names of persons, where they were revealed; guests then are named in full too."""
        asked = [*persons_in(content), *also]
        asked = list(dict.fromkeys(asked))
        masked = dict(Person.objects.filter(pk__in=asked).values_list("pk", "label"))
        persons = {pk: (full or {}).get(pk) or masked.get(pk, "") for pk in asked}
        rows = Guest.objects.filter(pk__in=[guest["guest"] for guest in content["guests"]])
        names = cls(persons, {g.pk: g.name if full is not None else g.label for g in rows}, content)
        names.is_full = full is not None
        return names

    def person(self, pk: int | None, empty: str = "") -> str:
        return empty if pk is None else self._persons.get(pk) or "（已删除）"

    def with_post(self, pk: int | None, empty: str = "") -> str:
        """王*（街区理事）; without a seat on the council just the name."""
        roles = self._roles.get(pk, []) if pk is not None else []
        return f"{self.person(pk, empty)}（{'、'.join(roles)}）" if roles else self.person(pk, empty)

    def guest(self, pk: int) -> str:
        return self._guests.get(pk) or "（已删除）"


def _chinese(word: object) -> str:
    """An official paper is Chinese, whatever its reader's page is in."""
    with translation.override("zh-hans"):
        return str(word)


def _told_apart(persons: Mapping[int, str]) -> Iterable[tuple[int, str]]:
    often = Counter(persons.values())
    given: Counter[str] = Counter()
    for pk, name in persons.items():
        if often[name] < 2 or not name:
            yield pk, name
            continue
        n = given[name]
        given[name] += 1
        yield pk, name + (CIRCLED[n] if n < len(CIRCLED) else f"（{n + 1}）")
