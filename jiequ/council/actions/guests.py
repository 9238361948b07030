"""Step 4: who is in the room without being of the council (列席). Guests never count; their names are sealed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import running, touch
from jiequ.council.models import Guest, Meeting


@action
def admit_guest(meeting: Meeting, *, by: Actor, name: str, capacity: str) -> Guest:
    """Somebody who is neither of the council nor registered sits in: without a vote, in the minutes by name and capacity."""
    meeting = lock(meeting)
    by = running(by, meeting)
    if meeting.state not in (Meeting.State.NOTICED, Meeting.State.OPEN):
        raise Refused(_("会议“%(state)s”，不能登记列席。") % {"state": meeting.get_state_display()})
    if clock.day(meeting.starts_at) > clock.today():
        raise Refused(_("还没到开会的日子，当天才能登记列席。"))
    name, capacity = " ".join(name.split()), " ".join(capacity.split())
    if not 0 < len(name) <= 30:
        raise Refused(_("请写列席人员的姓名，最多30字。"), field="name")
    if not 0 < len(capacity) <= 30:
        raise Refused(_("请写列席人员的身份，如：物业公司代表，最多30字。"), field="capacity")
    if has_personal_number(capacity) or has_personal_number(name):
        raise Refused(_("不用写手机号和身份证号，请删去。"), field="capacity")
    guest = Guest(meeting=meeting, name=name, capacity=capacity, arrived_at=clock.now())
    guest.save(force_insert=True)
    touch(meeting)
    record("admit_guest", meeting, by=by, guest=guest.pk)
    return guest


@action
def dismiss_guest(guest: Guest, *, by: Actor) -> Guest:
    """A guest has left the room."""
    meeting = lock(guest.meeting)
    by = running(by, meeting)
    now = clock.now()
    if not Guest.objects.filter(pk=guest.pk, left_at=None).update(left_at=now):
        raise Overtaken(_("已经不在会场了。"))
    guest.left_at = now
    touch(meeting)
    record("dismiss_guest", meeting, by=by, guest=guest.pk)
    return guest
