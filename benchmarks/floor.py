"""The floor: the least that a page and a write cost on this machine, through the same server and the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from benchmarks.models import Left, Right
from jiequ.core.journal import record
from jiequ.core.permission import SYSTEM
from jiequ.core.writing import write
from jiequ.territory.models import Unit

NAMES = frozenset({"bench-view", "bench-write", "bench-record"})


def bare_view(request: HttpRequest) -> HttpResponse:
    """No session, no statement, no template."""
    return HttpResponse("ok")


@csrf_exempt
def bare_write(request: HttpRequest) -> HttpResponse:
    """One transaction with one small row in each of two tables, through the product's gate."""
    _read(request)
    with write():
        left = Left.objects.create(text="a small row")
        Right.objects.create(text="another", left=left)
    return HttpResponse("ok")


@csrf_exempt
def bare_record(request: HttpRequest) -> HttpResponse:
    """One transaction with nothing but an entry in the journal."""
    _read(request)
    unit = Unit(pk=1, kind=Unit.Kind.BLOCK, name="基准")
    with write():
        record("export", unit, by=SYSTEM)
    return HttpResponse("ok")


def _read(request: HttpRequest) -> None:
    """A server closes a connection on which something was left unread."""
    _ = request.body
