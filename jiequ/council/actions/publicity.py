"""Step 6: the resolution stands on its public page for the rule's working days, and every objection is answered."""

from __future__ import annotations

import secrets
import unicodedata

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import blind, has_personal_number
from jiequ.core.writing import action, lock
from jiequ.council.actions.telling import tell_council
from jiequ.council.models import Motion, Objection
from jiequ.council.workflow import MOTION
from jiequ.people.models import Appointment
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about, open_task


def require_public(words: str, unit: Unit, *, field: str) -> None:
    """Refuse words with a phone or identity number, or with the name of anybody who holds a post in `unit`.

    Refused and not blanked: who writes public words should see what they wrote. One statement.
    """
    shown = unicodedata.normalize("NFKC", words)
    if has_personal_number(shown):
        raise Refused(_("这里谁都能看，却有像手机号或身份证号的数字，请去掉再提交。"), field=field)
    # From the posts to the persons: the other way round PostgreSQL without statistics looks at everybody, post by post.
    posts = Appointment.objects.in_force().under(unit).select_related("person").only("person__name", "person__label")
    for person in {post.person_id: post.person for post in posts}.values():
        if len(person.name) > 1 and person.name in shown:
            raise Refused(
                _("这里谁都能看，却写了%(who)s的姓名，请改写职务或单位。") % {"who": person.label}, field=field
            )


@action
def publicise_resolution(motion: Motion, *, by: Actor, resolution: str, title: str = "") -> Motion:
    """Put the resolution on its public page for the rule's working days. Personal data is refused, not blanked."""
    resolution, title = resolution.strip(), " ".join(title.split()) or motion.title
    if not resolution:
        raise Refused(_("请写明决议内容：做什么、谁来做、什么时候做好。"), field="resolution")
    require_public(f"{title}\n{resolution}", motion.unit, field="resolution")
    now = clock.now()
    until = workdays.add_workdays(clock.today(), motion.rule.publicity_workdays)
    MOTION.make(
        motion, "publicise", by=by,
        set={"resolution": resolution, "title": title[:60], "publicised_at": now, "public_until": until},
        until=until,
    )  # fmt: skip
    finish_tasks_about(motion, "council.publicise", by=by)
    due = clock.at(workdays.add_workdays(until, 2), workdays.CLOSING_HOUR)
    open_task("council.follow_up", motion.title, unit=motion.unit, about=motion, role="head", due_at=due, by=by)
    tell_council(motion, _("决议开始公示：%(title)s"), by=by)
    return motion


@action
def object_to_resolution(motion: Motion, *, by: Actor, text: str, phone: str = "") -> Objection:
    """Anyone objects while the resolution is being publicised, up to its last day.

    The row that comes back carries `secret`, of the link by which whoever objected reads the answer.
    """
    require(by, "council.object_to_resolution", motion.unit)
    fresh = lock(motion)
    if fresh.state != Motion.State.PUBLICISED or fresh.publicity_is_over:
        raise Refused(_("公示期已过，不能再提异议；有新情况请提新的议题。"))
    if not text.strip():
        raise Refused(_("请写下您的意见。"), field="text")
    secret = secrets.token_urlsafe(16)
    objection = Objection(
        motion=motion,
        text=text.strip(),
        phone=phone.strip(),
        made_at=clock.now(),
        token_index=blind(secret, "objector"),
    )
    objection.save(force_insert=True)
    objection.secret = secret
    record("object", motion, by=by)
    open_task("council.answer_objection", motion.title, unit=motion.unit, about=motion, role="head",
              due_at=workdays.due(clock.now(), workdays=2), by=by)  # fmt: skip
    tell_council(motion, _("公示中的决议收到一条异议：%(title)s"), by=by)
    return objection


@action
def answer_objection(objection: Objection, *, by: Actor, answer: str) -> Objection:
    """Answer an objection, in words that stand on the public page; carrying out may begin only when all are answered."""
    require(by, "council.answer_objection", objection.unit)
    if not answer.strip():
        raise Refused(_("请写明答复。"), field="answer")
    require_public(answer, objection.unit, field="answer")
    now = clock.now()
    changed = Objection.objects.filter(pk=objection.pk, answered_at=None).update(answer=answer.strip(), answered_at=now)
    if not changed:
        raise Overtaken(_("这条异议刚刚已有人答复。"))
    objection.answer, objection.answered_at = answer.strip(), now
    record("answer_objection", objection.motion, by=by)
    if not objection.motion.objections.filter(answered_at=None).exists():
        finish_tasks_about(objection.motion, "council.answer_objection", by=by)
    return objection


@action
def reveal_objector(objection: Objection, *, by: Actor) -> str:
    """The phone number somebody left with an objection, for whoever answers it. Looking is entered in the journal."""
    require(by, "council.answer_objection", objection.unit)
    if not objection.phone:
        raise Refused(_("这条异议没有留电话。"))
    record("reveal_objector", objection.motion, by=by, objection=objection.pk)
    return objection.phone
