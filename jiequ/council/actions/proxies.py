"""Step 4: voting for somebody who cannot come (委托), where the rule allows it. The default rule does not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import base_of, running, tell_quorum, touch, voters
from jiequ.council.models import Meeting, Proxy
from jiequ.people.models import Person


@action
def give_proxy(meeting: Meeting, *, by: Actor, represented: Person, acting: Person) -> Proxy:
    """`acting` votes for `represented` in this meeting: by the represented, or by whoever runs it, on a written proxy."""
    meeting = lock(meeting)
    if by.person_id is not None and by.person_id == represented.pk:
        require(by, "council.cast_vote", meeting.unit)
    else:
        by = running(by, meeting)
    if not meeting.rule.allows_proxies:
        raise Refused(_("现行议事规则不允许委托表决，请本人到会。"))
    if meeting.state not in (Meeting.State.NOTICED, Meeting.State.OPEN):
        raise Refused(_("会议“%(state)s”，不能委托。") % {"state": meeting.get_state_display()})
    if represented.pk == acting.pk:
        raise Refused(_("不能委托给自己。"), field="acting")
    seats = set(voters(meeting.unit).filter(pk__in=[represented.pk, acting.pk]).values_list("pk", flat=True))
    if represented.pk not in seats:
        raise Refused(_("委托人不是本街区理事，没有表决权可以委托。"), field="represented")
    if acting.pk not in seats:
        raise Refused(_("只能委托给本街区的另一位理事。"), field="acting")
    if meeting.attendances.present().filter(person=represented).exists():
        raise Refused(_("本人在会场，请自己表决。"), field="represented")
    standing = meeting.proxies.filter(ended_at=None)
    if standing.filter(represented=represented).exists():
        raise Overtaken(_("已经委托了。要改委托，请先结束原来的委托。"), field="represented")
    if standing.filter(acting=acting).exists():
        raise Refused(_("这位理事已经受一人委托，每人只能受一人委托。"), field="acting")
    if standing.filter(represented=acting).exists() or standing.filter(acting=represented).exists():
        raise Refused(_("委托了别人的，不能再受人委托。"), field="acting")
    before = base_of(meeting)
    proxy = Proxy.objects.create(meeting=meeting, represented=represented, acting=acting, made_at=clock.now())
    touch(meeting)
    record("give_proxy", meeting, by=by, represented=represented.pk, acting=acting.pk)
    tell_quorum(meeting, before, base_of(meeting), by=by)
    return proxy


@action
def end_proxy(proxy: Proxy, *, by: Actor) -> Proxy:
    """A proxy ends: by either of the two, or by whoever runs the meeting."""
    meeting = lock(proxy.meeting)
    if by.person_id is None or by.person_id not in (proxy.represented_id, proxy.acting_id):
        by = running(by, meeting)
    before, now = base_of(meeting), clock.now()
    if not Proxy.objects.filter(pk=proxy.pk, ended_at=None).update(ended_at=now):
        raise Overtaken(_("委托已经结束了。"))
    proxy.ended_at = now
    touch(meeting)
    record("end_proxy", meeting, by=by, represented=proxy.represented_id, acting=proxy.acting_id)
    tell_quorum(meeting, before, base_of(meeting), by=by)
    return proxy
