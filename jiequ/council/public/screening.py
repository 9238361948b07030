"""What helps a resident to propose: likely the same matters that have been announced, joining one, improving a returned one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from jiequ.core import clock
from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, through
from jiequ.council import actions
from jiequ.council.actions.motions import first_proposer
from jiequ.council.forms import PublicResubmitForm
from jiequ.council.models import Motion, Proposer
from jiequ.council.screening import Finding, duplicates
from jiequ.territory.models import Unit


def alike(unit: Unit, title: str, body: str) -> list[Finding]:
    """Announced motions of this block that are likely the same; nothing else of anybody's is told. One statement."""
    now = clock.now()
    announced = Motion.objects.filter(state__in=Motion.ANNOUNCED).to_compare(unit, now)
    return duplicates(Motion(unit=unit, title=title, body=body), announced)


def second(request: HttpRequest, unit: Unit, key: str, data: dict[str, Any]) -> str:
    """附议, from the proposing page: returns the secret of the link. Only what has been announced can be joined this way."""
    announced = Motion.objects.with_unit().filter(unit=unit, state__in=Motion.ANNOUNCED)
    motion = get_object_or_404(announced, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    slow_down(request, "propose")
    with through("public"):
        _proposer, secret = actions.second_motion(motion, by=PUBLIC, name=data["name"], phone=data["phone"])
    return secret


def resubmit_form(motion: Motion, proposer: Proposer, data: Any = None) -> PublicResubmitForm | None:
    """The form to improve a returned motion, for whoever wrote it; nobody else may see its words."""
    if motion.state != Motion.State.RETURNED:
        return None
    first = first_proposer(motion)
    if first is None or first.pk != proposer.pk:
        return None
    return PublicResubmitForm(data, initial={"body": motion.body})


def first_line(text: str) -> str:
    """The first sentence, as a title the head can put into public words."""
    line = text.strip().splitlines()[0]
    for stop in "。！？!?；;":
        line = line.split(stop)[0]
    return line[:60] or text.strip()[:60]
