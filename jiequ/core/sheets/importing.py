"""The two steps of an import: judge every row, then, once confirmed, apply the good ones.

Both are jobs outside the request. A job holds a lease that it renews with every batch, in the batch's own transaction and only while
it is still the runner: a killed worker's import is marked as interrupted when the lease runs out, goes on where it stopped, and
no row goes in twice.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django_tasks import task

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.models import SheetImport, SheetImportRow
from jiequ.core.permission import NotAllowed, Overtaken, Refused, through
from jiequ.core.personal import decrypt, encrypt
from jiequ.core.sheets.columns import Row, Sheet, Verdict
from jiequ.core.sheets.reading import read
from jiequ.core.writing import action, write

log = logging.getLogger("jiequ.core.sheets")
State = SheetImport.State
LEASE = timedelta(seconds=45)
BATCH = 1000
KEPT = timedelta(days=30)  # rows of an import that has ended


class _TakenOver(Exception):
    """Another process runs this import now, or it was dropped."""


@action
def start(sheet: Sheet, file_name: str, data: bytes, *, by: Any, options: dict[str, Any] | None = None) -> SheetImport:
    """Take in an upload and queue its reading. The file is kept encrypted until it has been read."""
    _require(by, sheet)
    found = SheetImport.objects.create(
        sheet=sheet.name,
        file_name=file_name[-120:],
        account_id=by.pk,
        upload=base64.b64encode(data).decode(),
        options=options or {},
        created_at=clock.now(),
    )
    record("start", found, by=by, sheet=sheet.name, bytes=len(data))
    transaction.on_commit(lambda: judge.enqueue(found.pk))
    return found


@action
def confirm(found: SheetImport, *, by: Any) -> None:
    """Have the good rows applied."""
    sheet = sheet_of(found)
    _require(by, sheet)
    if not found.rows.filter(verdict__in=(Verdict.NEW, Verdict.CHANGED)).exists():
        raise Refused(_("没有可以写入的行。请按原因改好文件，再上传一次。"))
    changed = SheetImport.objects.filter(pk=found.pk, state=State.READY).update(
        state=State.CONFIRMED, confirmed_at=clock.now(), done=0
    )
    if not changed:
        raise Overtaken(_("这次导入已经确认过，或已取消。请刷新页面看看。"))
    found.refresh_from_db()
    record("confirm", found, by=by, sheet=found.sheet)
    transaction.on_commit(lambda: apply.enqueue(found.pk))


@action
def drop(found: SheetImport, *, by: Any) -> None:
    """Give an import up. What has been applied stays; the file and the rows are deleted."""
    _require(by, sheet_of(found))
    rows = SheetImport.objects.filter(pk=found.pk).exclude(state__in=(State.DONE, State.DROPPED, State.APPLYING))
    if not rows.update(state=State.DROPPED, runner="", lease_until=None, finished_at=clock.now(), upload=b""):
        raise Refused(_("已经在写入或已经结束，不能取消。"))
    found.rows.all().delete()
    found.refresh_from_db()
    record("drop", found, by=by, sheet=found.sheet)


@action
def resume(found: SheetImport, *, by: Any) -> None:
    """Queue an interrupted import again; it goes on where it stopped."""
    _require(by, sheet_of(found))
    if found.state != State.INTERRUPTED:
        raise Refused(_("没有中断，不用继续。"))
    record("resume", found, by=by, sheet=found.sheet)
    job = apply if found.confirmed_at else judge
    transaction.on_commit(lambda: job.enqueue(found.pk))


def sweep() -> int:
    """Mark the imports whose worker has died; delete what is kept no longer. For the tick: safe to run twice and at once."""
    with write():
        swept = SheetImport.objects.filter(
            state__in=(State.READING, State.APPLYING), lease_until__lt=clock.now()
        ).update(state=State.INTERRUPTED, runner="", lease_until=None)
    old = SheetImport.objects.filter(created_at__lt=clock.now() - KEPT).exclude(state=State.APPLYING)
    if old.exists():
        with write():
            SheetImportRow.objects.filter(sheet_import__in=old).delete()
            old.delete()
    return swept


def sheet_of(found: SheetImport) -> Sheet:
    return Sheet.register[found.sheet]


def counted(found: SheetImport) -> dict[str, int]:
    """How many rows of each verdict, and how many were applied; one statement."""
    groups = found.rows.order_by().values_list("verdict", "is_applied").annotate(n=Count("pk"))
    counts = dict.fromkeys((*Verdict.values, "applied"), 0)
    for verdict, is_applied, n in groups:
        counts[verdict] += n
        counts["applied"] += n if is_applied else 0
    return counts


def opened(row: SheetImportRow) -> Row:
    """A stored row with what it says."""
    said = json.loads(decrypt(bytes(row.content), _bound(row.sheet_import_id, row.number)))
    values = {
        k: date.fromisoformat(v["day"]) if isinstance(v, dict) and set(v) == {"day"} else v
        for k, v in said["values"].items()
    }
    return Row(row.number, values, row.verdict, said["reason"], said["notes"], said["changes"])


# --- the jobs --------------------------------------------------------------------------------------------------------


@task()
def judge(key: int) -> None:
    """Read the file, judge every row and keep the verdicts."""
    _run(key, State.READING, (State.WAITING, State.READING), _judge)


@task()
def apply(key: int) -> None:
    """Apply the good rows that are not applied yet."""
    _run(key, State.APPLYING, (State.CONFIRMED, State.APPLYING), _apply)


judge.func.may_repeat = apply.func.may_repeat = True  # type: ignore[attr-defined]  # a killed worker's job may run again


def _run(key: int, state: str, sources: Sequence[str], work: Any) -> None:
    """Take the import over, work, and leave it in a state that says what happened."""
    me = secrets.token_hex(8)
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    mine = Q(state__in=sources) | Q(state=State.INTERRUPTED, confirmed_at__isnull=state == State.READING)
    with write():
        taken = SheetImport.objects.filter(free & mine, pk=key).update(
            state=state, runner=me, lease_until=now + LEASE, error=""
        )
    if not taken:
        return
    found = SheetImport.objects.get(pk=key)
    try:
        with through("import"):
            work(found, me, _actor(found))
    except _TakenOver:
        return
    except (Refused, PermissionDenied) as error:
        _fail(found, me, str(error))
    except Exception:
        log.exception("Import %s failed.", key)
        _fail(found, me, _("处理时出了意外，没有写完。已写入的保留；请告诉系统管理员，编号 %(key)s。") % {"key": key})


def _judge(found: SheetImport, me: str, by: Any) -> None:
    sheet = sheet_of(found)
    rows, notes = read(sheet, found.file_name, base64.b64decode(found.upload), found.options)
    _keep(found, me, of=2 * len(rows), done=0)
    sheet.compare([r for r in rows if r.verdict != Verdict.REFUSED], by)
    _keep(found, me, done=len(rows))
    rows.sort(key=lambda r: (*r.order, r.number) if r.order else (r.number,))
    with write():
        _keep(found, me)
        found.rows.all().delete()  # of a run that was interrupted
    for at in range(0, len(rows), BATCH):
        stored = [_stored(found, n, row) for n, row in enumerate(rows[at : at + BATCH], at)]
        with write():
            _keep(found, me, done=len(rows) + at + len(stored))
            SheetImportRow.objects.bulk_create(stored)
    with write():
        _keep(found, me, state=State.READY, notes=notes, upload=b"", runner="", lease_until=None)


def _apply(found: SheetImport, me: str, by: Any) -> None:
    sheet = sheet_of(found)
    waiting = found.rows.filter(verdict__in=(Verdict.NEW, Verdict.CHANGED)).order_by("sequence")
    of = waiting.count()
    while stored := list(waiting.filter(is_applied=False)[:BATCH]):
        with write():
            _keep(found, me)
            for one, reason in _apply_batch(sheet, stored, by):
                _refuse(found, one, reason)
            good = [s.pk for s in stored if s.verdict != Verdict.REFUSED]
            found.rows.filter(pk__in=good).update(is_applied=True)
            _keep(found, me, done=found.rows.filter(is_applied=True).count(), of=of)
    with write():
        _keep(found, me, state=State.DONE, finished_at=clock.now(), runner="", lease_until=None)
        record("import", found, by=by, sheet=sheet.name, **counted(found))


def _apply_batch(sheet: Sheet, stored: Sequence[SheetImportRow], by: Any) -> Iterator[tuple[SheetImportRow, str]]:
    """Apply all at once or, where one of them is refused, one by one; yields those that could not go in and why."""
    try:
        with transaction.atomic():
            sheet.apply([opened(s) for s in stored], by)
        return
    except (Refused, PermissionDenied):
        pass
    for one in stored:
        try:
            with transaction.atomic():
                sheet.apply([opened(one)], by)
        except (Refused, PermissionDenied) as error:
            yield one, str(error)


def _refuse(found: SheetImport, stored: SheetImportRow, reason: str) -> None:
    row = opened(stored)
    row.verdict, row.reason = Verdict.REFUSED, reason
    stored.verdict = Verdict.REFUSED
    stored.content = _content(found.pk, row)
    stored.save(update_fields=["verdict", "content"])


def _keep(found: SheetImport, me: str, **changes: Any) -> None:
    """Renew the lease and write progress, only while this process is the runner."""
    changes.setdefault("lease_until", clock.now() + LEASE)
    if not SheetImport.objects.filter(pk=found.pk, runner=me).update(**changes):
        raise _TakenOver


def _fail(found: SheetImport, me: str, error: str) -> None:
    with write():
        SheetImport.objects.filter(pk=found.pk, runner=me).update(
            state=State.FAILED, error=error[:300], runner="", lease_until=None, finished_at=clock.now(), upload=b""
        )


def _actor(found: SheetImport) -> Any:
    """The account that uploaded, with the posts it holds now. Refused where it may no longer sign in."""
    account: Any = get_user_model()._default_manager.filter(pk=found.account_id or 0, is_active=True).first()
    if account is None:
        raise Refused(_("上传的账号已停用，没有写入。"))
    return account


def _require(by: Any, sheet: Sheet) -> None:
    if not by.holds_anywhere(sheet.permission):
        raise NotAllowed(_("您没有导入的权限。需要的话，请找系统管理员开通。"))


def _stored(found: SheetImport, sequence: int, row: Row) -> SheetImportRow:
    return SheetImportRow(
        sheet_import=found, number=row.number, sequence=sequence, verdict=row.verdict, content=_content(found.pk, row)
    )


def _content(key: int, row: Row) -> bytes:
    values = {k: {"day": v.isoformat()} if isinstance(v, date) else v for k, v in row.values.items()}
    said = {"values": values, "reason": row.reason, "notes": row.notes, "changes": row.changes}
    return encrypt(json.dumps(said, ensure_ascii=False, default=str), _bound(key, row.number))


def _bound(key: int, number: int) -> str:
    return f"core_sheetimportrow.content:{key}:{number}"
