"""After the meeting: its minutes. Read from the record, frozen once, afterwards only corrected beside and confirmed."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import running
from jiequ.council.documents.checks import OVER, findings
from jiequ.council.documents.record import Content, came, council_members, digest_of, persons_in, record_of
from jiequ.council.models import AgendaItem, Confirmation, Correction, Meeting, Minutes, Proposer
from jiequ.people.actions import notify, reveal_person
from jiequ.people.models import Person


@action
def write_remarks(meeting: Meeting, *, by: Actor, text: str) -> Minutes:
    """What the record cannot know (其他记载), in the words of whoever runs the meeting, until the minutes are final."""
    meeting = lock(meeting)
    by = running(by, meeting)
    if meeting.state not in (Meeting.State.OPEN, *OVER):
        raise Refused(_("会议还没有开，没有记录可写。"))
    if len(text.strip()) > 1000:
        raise Refused(_("其他记载不超过1000字。"), field="text")
    minutes = _row(meeting)
    minutes.remarks = text.strip()
    minutes.save(update_fields=["remarks"])
    record("write_remarks", meeting, by=by)
    return minutes


@action
def finalise_minutes(meeting: Meeting, *, by: Actor) -> Minutes:
    """Freeze the minutes as they are. Refused with what does not hold together; the council is told and may confirm."""
    meeting = lock(meeting)
    by = running(by, meeting)
    minutes = _row(meeting)
    content = record_of(meeting, remarks=minutes.remarks)
    found = findings(content)
    wrong = [finding.text for finding in found if finding.level == "stop"]
    if wrong:
        raise Refused(_("还不能定稿：%(what)s") % {"what": " ".join(wrong)})
    minutes.content, minutes.digest = content, digest_of(content)
    minutes.finalised_at, minutes.finalised_by_id = clock.now(), by.person_id
    minutes.save()
    record("finalise_minutes", meeting, by=by, digest=minutes.digest, warnings=len(found))
    notify(
        sorted(council_members(content)),
        _("%(meeting)s的会议记录已定稿") % {"meeting": meeting},
        body=_("到会的成员请看一遍并确认；有错的地方由记录人补一条更正。"),
        url=f"{meeting.get_absolute_url()}minutes/",
    )
    _send_excerpts(meeting, content)
    return minutes


@action
def add_correction(minutes: Minutes, *, by: Actor, text: str) -> Correction:
    """Say beside final minutes what is wrong in them. The minutes themselves stay as they are."""
    minutes = lock(minutes)
    by = running(by, minutes.meeting)
    if not minutes.is_final:
        raise Refused(_("会议记录还没有定稿，直接改记录就行，不用更正。"))
    if not text.strip():
        raise Refused(_("请写明哪里有误，应当是什么。"), field="text")
    if len(text.strip()) > 500:
        raise Refused(_("一条更正不超过500字。"), field="text")
    correction = Correction.objects.create(
        minutes=minutes, text=text.strip(), made_at=clock.now(), made_by_id=by.person_id
    )
    record("add_correction", minutes.meeting, by=by, correction=correction.pk)
    return correction


@action
def confirm_minutes(minutes: Minutes, *, by: Actor) -> Confirmation:
    """A member of the council who was there puts their name to the final minutes (签字确认). Once."""
    require(by, "council.view_meeting", minutes.unit)
    minutes = lock(minutes)
    if not minutes.is_final:
        raise Refused(_("会议记录还没有定稿，定稿后再确认。"))
    if by.person_id is None or not may_confirm(minutes, by.person_id):
        raise Refused(_("只有到会的理事会成员能确认会议记录。"))
    try:
        with transaction.atomic():
            confirmation = Confirmation.objects.create(
                minutes=minutes, person_id=by.person_id, confirmed_at=clock.now()
            )
    except IntegrityError as error:
        raise Overtaken(_("您已经确认过了。")) from error
    record("confirm_minutes", minutes.meeting, by=by)
    return confirmation


@action
def export_minutes(meeting: Meeting, *, by: Actor, form: str, reason: str | None = None) -> dict[int, str] | None:
    """Enter that the minutes left the house as a file (`form`: docx or pdf).

    With a `reason` the whole names of everybody in them, each recorded as a reveal with that reason; masked without one (None).
    """
    require(by, "council.view_meeting", meeting.unit)
    minutes = Minutes.objects.filter(meeting=meeting).first()
    is_final = minutes is not None and minutes.is_final
    names: dict[int, str] | None = None
    if reason is not None:
        require(by, "people.reveal_person", meeting.unit)
        content = (minutes.content if minutes is not None and is_final else None) or record_of(meeting)
        names = {
            person.pk: reveal_person(person, "name", by=by, unit=meeting.unit, reason=reason, about=meeting)
            for person in Person.objects.filter(pk__in=persons_in(content), erased_at=None).order_by("pk")
        }
    record("export_minutes", meeting, by=by, form=form, full=names is not None, final=is_final)
    return names


def may_confirm(minutes: Minutes, person: int) -> bool:
    """True of a member of that day's council who was in the room while it sat. The minutes must be final."""
    content = minutes.content or {"posts": [], "stays": [], "opened_at": None}
    return person in council_members(content) and person in came(content)


def _send_excerpts(meeting: Meeting, content: Content) -> None:
    """What the minutes say about each motion goes back to its proposers; residents find it on their own link."""
    proposed = Proposer.objects.filter(motion__items__meeting=meeting).exclude(person=None)
    persons: dict[int, list[int]] = {}
    for motion, person in proposed.values_list("motion_id", "person_id").distinct():
        persons.setdefault(motion, []).append(person)
    for item in content["items"]:
        votes = [b for b in item["ballots"] if b["closed_at"] and not b["set_aside_at"]]
        if not votes or item["motion"] not in persons:
            continue
        vote = votes[-1]
        notify(
            persons[item["motion"]],
            _("您提的议题的会议记录摘录：%(title)s") % {"title": item["title"]},
            body=_(
                "%(meeting)s：应到%(seats)s人，实到%(present)s人，赞成%(yes)s，反对%(no)s，弃权%(abstain)s，%(outcome)s。"
            )
            % {**vote, "meeting": meeting, "outcome": AgendaItem.Outcome(item["outcome"]).label},
            url=f"/motions/{item['motion']}/",
        )


def _row(meeting: Meeting) -> Minutes:
    """The meeting's minutes, not final. The meeting must be locked."""
    minutes, _made = Minutes.objects.get_or_create(meeting=meeting)
    if minutes.is_final:
        raise Overtaken(_("会议记录已经定稿，不能再改。有错请补一条更正。"))
    minutes.meeting = meeting
    return minutes
