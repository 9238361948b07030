"""What is said when something is wrong: always a list of {code, description}, and the HTTP status is the first one's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from jiequ.api.open311.answers import answer, format_of


@dataclass(frozen=True)
class Fault:
    """One error. `code` is an HTTP status: 403 for a key, 404 for what is unknown, 400 for nearly everything else."""

    code: int
    says: Any


class Wrong(Exception):
    """What a request did not get right; all of it at once, so that a client mends it in one go."""

    def __init__(self, *faults: Fault, headers: dict[str, str] | None = None) -> None:
        super().__init__("; ".join(str(fault.says) for fault in faults))
        self.faults = faults
        self.headers = headers or {}


def wrong(code: int, says: Any, **headers: str) -> Wrong:
    """One error, as an exception to raise."""
    return Wrong(Fault(code, says), headers=headers)


def say(request: HttpRequest, *faults: Fault, headers: dict[str, str] | None = None) -> HttpResponse:
    """The error body, in the format that the address asks for."""
    rows = [{"code": fault.code, "description": str(fault.says)} for fault in faults]
    response = answer(request, "errors", rows, form=format_of(request.path_info), status=faults[0].code)
    for name, value in (headers or {}).items():
        response[name] = value
    return response
