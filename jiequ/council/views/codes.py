"""Signed words for screens without an account: the wall, the pulse, and the code on the wall that says "I am here".

Each kind has its own salt, so none opens another's door; each names one meeting and is worth nothing at the next.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.utils.crypto import constant_time_compare, salted_hmac

from jiequ.core import clock
from jiequ.council.models import Meeting

_WALL = Signer(salt="jiequ.council.wall", sep=".")
_PULSE = Signer(salt="jiequ.council.pulse", sep=".")
#: The code on the wall is another one every minute, and good for this many.
MINUTES = 5


def wall_token(meeting: Meeting) -> str:
    return _WALL.sign(str(meeting.pk))


def pulse_token(meeting: Meeting) -> str:
    return _PULSE.sign(str(meeting.pk))


def read_wall(token: str) -> int:
    """The meeting's number; 404 for a word of anybody else's making."""
    return _read(_WALL, token)


def read_pulse(token: str) -> int:
    return _read(_PULSE, token)


def is_time_for_screens(meeting: Meeting) -> bool:
    """From the day of the meeting until a day after it, or after its end where that is later."""
    if clock.day(meeting.starts_at) > clock.today():
        return False
    if meeting.state == Meeting.State.OPEN:
        return True
    last = max(meeting.starts_at, meeting.closed_at or meeting.starts_at)
    return clock.today() <= clock.day(last) + timedelta(days=1)


def here_code(meeting: Meeting, ago: int = 0) -> str:
    """What the wall shows this minute (or showed `ago` minutes before) to whoever is in the room."""
    said = f"{meeting.pk} {_minute() - ago}"
    return salted_hmac("jiequ.council.here", said, algorithm="sha256").hexdigest()[:20]


def is_here(meeting: Meeting, code: str) -> bool:
    """True for a code of this meeting, not older than MINUTES."""
    return bool(code) and any(constant_time_compare(code, here_code(meeting, ago)) for ago in range(MINUTES))


def _minute() -> int:
    return int(clock.now().timestamp() // 60)


def _read(signer: Signer, token: str) -> int:
    try:
        return int(signer.unsign(token))
    except (BadSignature, ValueError) as error:
        raise Http404 from error
