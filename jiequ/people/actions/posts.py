"""人人有岗: how many of each post a unit must have, and the concrete posts laid from that."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action
from jiequ.people.models import Post, RequiredPost
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit


@action
def set_required_posts(counts: Mapping[tuple[str, str], int] | None = None, *, by: Actor) -> int:
    """Set how many of a role a unit of a kind must have: {(kind, role): count}; 0 takes the requirement away.

    Without `counts` the defaults are entered where nothing stands yet. Lays the posts; returns how many changed.
    """
    for root in Unit.objects.filter(depth=1):
        require(by, "people.set_required_posts", root)
    wanted = dict(RequiredPost.DEFAULTS if counts is None else counts)
    there = {(r.kind, r.role): r for r in RequiredPost.objects.all()}
    for (kind, role), count in wanted.items():
        if role not in ROLES or ROLES[role].kind != kind:
            raise Refused(_("“%(role)s”不能设在%(kind)s。") % {"role": role, "kind": kind}, field="role")
        if not 0 <= count <= 99:
            raise Refused(_("应设人数请填 0 到 99。"), field="count")
        row = there.get((kind, role))
        if row is None:
            row = RequiredPost.objects.create(kind=kind, role=role, count=count)
        elif counts is None or row.count == count:
            continue
        else:
            row.count = count
            row.save(update_fields=["count"])
        record("set_required_posts", row, by=by, count=count)
    return lay_posts()


@action
def lay_posts() -> int:
    """Make the concrete posts agree with what is required: lay what is missing, withdraw what is no longer asked for.

    Cheap when nothing is to do (one statement a required role): the tick calls it, so a new unit has its posts within a
    minute. A post is required from today, or from the day its unit comes into force: closed periods stay as they were.
    """
    today, changed, kept = clock.today(), 0, Q()
    for rule in RequiredPost.objects.all():
        kept |= Q(unit__kind=rule.kind, role=rule.role)
        laid = Count("posts", filter=Q(posts__role=rule.role, posts__ends_on=None))
        units = list(Unit.objects.valid().filter(kind=rule.kind).annotate(laid=laid).exclude(laid=rule.count))
        if not units:
            continue
        open_posts = Post.objects.filter(unit__in=units, role=rule.role, ends_on=None)
        there = set(open_posts.values_list("unit_id", "number"))
        missing = [
            Post(unit=unit, role=rule.role, number=n, starts_on=max(today, unit.valid_from))
            for unit in units
            for n in range(1, rule.count + 1)
            if (unit.pk, n) not in there
        ]
        Post.objects.bulk_create(missing, batch_size=500)
        changed += len(missing) + open_posts.filter(number__gt=rule.count).update(ends_on=today)
    stray = Post.objects.filter(ends_on=None)
    return changed + (stray.exclude(kept) if kept else stray).update(ends_on=today)
