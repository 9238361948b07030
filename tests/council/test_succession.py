"""A block is moved: its council and what is undecided go along; what was voted keeps its place and its figure."""

from datetime import timedelta

import pytest

from jiequ.core import clock
from jiequ.core.measures import Period, counts
from jiequ.core.permission import SYSTEM
from jiequ.council import actions
from jiequ.council.indicators import MOTIONS
from jiequ.council.models import Council, Meeting, Motion
from jiequ.territory.actions import move_unit
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_moved_block_takes_its_council_and_its_open_motions_along():
    room = make.room()
    voted = make.adopted(room)
    clock.move_to(clock.now() + timedelta(days=1))
    accepted, fresh = make.motion(room, state="accepted"), make.motion(room)
    meeting = make.meeting(room, accepted, noticed=False)
    before = make.above(room.block, 2)
    other = make.unit("community", inside=make.above(room.block, 1))
    chief = make.account("chief", other)
    heir = move_unit(room.block, inside=other, by=SYSTEM)
    assert Council.objects.filter(unit=heir).count() == 1
    assert set(Motion.objects.filter(unit=heir)) == {accepted, fresh}
    assert Meeting.objects.get(pk=meeting.pk).unit_id == heir.pk
    assert Task.objects.about(fresh).open().get().unit_id == heir.pk
    # what was voted stays where it was voted, in the figures too, and the old chief can finish it
    assert Motion.objects.get(pk=voted.pk).unit_id == room.block.pk
    period = Period(clock.today() - timedelta(days=30), clock.today())
    assert counts([MOTIONS], before, period)["council.motions"] == 1
    assert counts([MOTIONS], other, period)["council.motions"] == 0
    actions.publicise_resolution(
        Motion.objects.select_related("unit", "rule").get(pk=voted.pk),
        by=make.fresh(room.chief),
        resolution="装路灯八盏。",
    )
    # and the new chief screens what came
    head = make.fresh(room.head)
    motion = Motion.objects.select_related("unit", "rule").get(pk=fresh.pk)
    actions.recommend_motion(motion, by=head, recommendation="建议上会")
    actions.accept_motion(motion, by=chief)
    assert Motion.objects.get(pk=fresh.pk).state == "accepted"
