"""One clock: it stands where it is put, moves only then, and a shift moves it for everybody."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from jiequ.core import clock
from jiequ.core.models import ClockShift
from tests import make

pytestmark = pytest.mark.django_db


def test_without_a_shift_it_is_real_time() -> None:
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=5)
    assert not clock.is_shifted()


def test_it_stands_where_it_is_put_in_every_thread_and_goes_on_afterwards() -> None:
    seen = []
    with clock.stand_at(make.WEDNESDAY):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
        clock.move_to(make.WEDNESDAY + timedelta(days=1))
        assert clock.today() == date(2021, 12, 2)
        with clock.stand_at(make.WEDNESDAY):
            assert clock.today() == date(2021, 12, 1)
        assert clock.today() == date(2021, 12, 2)
    assert seen == [make.WEDNESDAY]
    assert clock.today().year >= 2025


def test_it_goes_on_after_a_fault() -> None:
    with pytest.raises(ZeroDivisionError), clock.stand_at(make.WEDNESDAY):
        _ = 1 / 0
    assert clock.now() > make.WEDNESDAY + timedelta(days=1)


def test_a_running_clock_is_not_moved() -> None:
    with pytest.raises(RuntimeError):
        clock.move_to(make.WEDNESDAY)


def test_a_shift_moves_it_and_it_goes_on_with_real_time() -> None:
    ClockShift.objects.create(shift=timedelta(days=-100))
    clock.forget_shift()
    try:
        assert clock.is_shifted()
        assert abs(clock.now() - (timezone.now() - timedelta(days=100))) < timedelta(seconds=5)
    finally:
        ClockShift.objects.all().delete()
        clock.forget_shift()


def test_the_day_is_the_office_s_day() -> None:
    just_past_midnight = datetime(2021, 11, 30, 16, 30, tzinfo=UTC)  # 00:30 in Guanlan
    assert clock.day(just_past_midnight) == date(2021, 12, 1)
    with clock.stand_at(just_past_midnight):
        assert clock.today() == date(2021, 12, 1)
    assert clock.at(date(2021, 12, 1), 0, 30) == just_past_midnight
    assert clock.local(just_past_midnight).hour == 0
