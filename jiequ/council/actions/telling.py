"""Who hears of a move: the proposers and the council, each once, in one notice."""

from __future__ import annotations

from jiequ.core.permission import Actor
from jiequ.council.models import Motion, Proposer
from jiequ.council.models.councils import COUNCIL_ROLES
from jiequ.people.actions import notify
from jiequ.people.models import Appointment


def tell_council(motion: Motion, words: str, *, by: Actor) -> None:
    """A notice to the block's council and to every proposer with a post: each person once, and not to who acted.

    `words` have %(title)s, which is public. Residents read the same on their own link. Two statements, or four where
    notices also go out by e-mail or webhook.
    """
    council = Appointment.objects.in_force().filter(unit=motion.unit_id, role__in=COUNCIL_ROLES)
    proposers = Proposer.objects.filter(motion=motion, person__isnull=False)
    told = proposers.values_list("person_id").union(council.values_list("person_id"))
    notify(
        [person_id for (person_id,) in told if person_id != by.person_id],
        words % {"title": motion.title},
        url=motion.get_absolute_url(),
    )
