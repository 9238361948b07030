"""One clock. Everything that needs the time takes it from here, so that the demo can replay a year and a test can stand on
a deadline. Sign-in, sessions and second factors alone keep real time: they guard the machine, not the procedure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from django.utils import timezone

_standing: datetime | None = None  # where a test or the demo's replay has put the hands
_shift: timedelta | None = None  # how far the product's time lies from real time; read once per process


def now() -> datetime:
    """The moment, aware. Real time, plus the demo's shift, unless somebody `stand_at`s."""
    if _standing is not None:
        return _standing
    return timezone.now() + _read_shift()


def today() -> date:
    """The day on the wall in the office's time zone."""
    return timezone.localtime(now()).date()


def day(moment: datetime) -> date:
    """The local day that `moment` falls on."""
    return timezone.localtime(moment).date()


def local(moment: datetime) -> datetime:
    """`moment` as the wall clock of the office shows it."""
    return timezone.localtime(moment)


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A local wall time as an aware moment."""
    return datetime.combine(day, time(hour, minute), tzinfo=timezone.get_default_timezone())


def is_shifted() -> bool:
    """True where the product runs on a time of its own (the demo)."""
    return bool(_read_shift())


@contextmanager
def stand_at(moment: datetime) -> Iterator[None]:
    """Stop the clock for the whole process (threads too: a live server must see the same time)."""
    global _standing
    before = _standing
    _standing = moment
    try:
        yield
    finally:
        _standing = before


def move_to(moment: datetime) -> None:
    """Move the stopped clock on; only inside `stand_at`."""
    global _standing
    if _standing is None:
        raise RuntimeError("The clock runs: stand_at() it first.")
    _standing = moment


def forget_shift() -> None:
    """Read the shift again: it was just set, or a test has changed the database."""
    global _shift
    _shift = None


def _read_shift() -> timedelta:
    global _shift
    if _shift is None:
        from jiequ.core.models import ClockShift  # the table needs the apps to be loaded

        row = ClockShift.objects.first()
        _shift = row.shift if row else timedelta()
    return _shift
