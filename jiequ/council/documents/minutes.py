"""A meeting's minutes as they are now: read from the record until they are final, from what was frozen afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jiequ.core.models import JournalEntry
from jiequ.council.documents.names import Names
from jiequ.council.documents.record import Content, digest_of, record_of
from jiequ.council.documents.wording import Afterwards, Paper, minutes_paper
from jiequ.council.models import Confirmation, Correction, Meeting, Minutes


@dataclass(frozen=True)
class MinutesNow:
    """The content, the row if there is one, and what came after it was final."""

    content: Content
    row: Minutes | None = None
    corrections: list[Correction] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    is_intact: bool = True  # what is frozen is what was frozen: its digest is the row's and the journal's

    @classmethod
    def of(cls, meeting: Meeting) -> MinutesNow:
        """Thirteen statements before the minutes are final, four afterwards."""
        row = Minutes.objects.filter(meeting=meeting).select_related("finalised_by").first()
        if row is None or not row.is_final or row.content is None:
            return cls(record_of(meeting, remarks=row.remarks if row else ""), row)
        entries = JournalEntry.objects.about(meeting).filter(verb="finalise_minutes").values_list("facts", flat=True)
        said = [facts.get("digest") for facts in entries]
        return cls(
            row.content,
            row,
            list(Correction.objects.filter(minutes=row)),
            list(Confirmation.objects.filter(minutes=row)),
            said == [row.digest] and digest_of(row.content) == row.digest,
        )

    @property
    def is_final(self) -> bool:
        return self.row is not None and self.row.is_final

    @property
    def confirmed_by(self) -> set[int]:
        return {confirmation.person_id for confirmation in self.confirmations}

    def paper(self, full: Mapping[int, str] | None = None) -> Paper:
        """In words, two statements; `full` are whole names where they were revealed."""
        after = Afterwards()
        if self.row is not None and self.row.is_final:
            after = Afterwards(
                self.row.finalised_at,
                self.row.digest,
                [(correction.made_at, correction.text) for correction in self.corrections],
                {confirmation.person_id: confirmation.confirmed_at for confirmation in self.confirmations},
            )
        return minutes_paper(self.content, Names.of(self.content, full=full), after)
