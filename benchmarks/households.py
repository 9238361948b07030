"""A list of households on its way in: a spreadsheet with one bad row in a hundred, read and judged, written, and brought again.

`python -m benchmarks.households OUT ROWS SECONDS REQUESTS` with JIEQU_HOME and JIEQU_DATABASE_URL; writes its figures to OUT.
"""

from __future__ import annotations

import io
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import django

BUILDINGS = 40  # in each red grid
ONE_BAD_IN = 100


def main(out: Path, size: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import fill, people
    from jiequ.core.permission import SYSTEM
    from jiequ.core.sheets import confirm, importing, start
    from jiequ.outreach.actions import set_defaults
    from jiequ.outreach.models import Household
    from jiequ.outreach.sheets import HOUSEHOLDS

    def say(text: str) -> None:
        sys.stderr.write(f"  {connection.vendor} {size:>9,} households  {text}\n")
        sys.stderr.flush()

    call_command("migrate", run_syncdb=True, verbosity=0)
    fill.set_clock()
    town = people.build()
    set_defaults(town.root, by=SYSTEM)
    codes = _buildings(town)
    data, bad = _sheet(codes, size)
    by = town.accounts["office"]
    found: dict[str, Any] = {"database": connection.vendor, "size": size, "bytes": len(data)}

    def brought(name: str) -> dict[str, int]:
        """Read and judge the file, as the worker does; the verdicts."""
        upload = start(HOUSEHOLDS, "households.xlsx", data, by=by)
        began = time.perf_counter()
        importing.judge.func(upload.pk)
        found[f"judge_{name}"] = time.perf_counter() - began
        upload.refresh_from_db()
        if upload.state != "ready":
            raise SystemExit(f"the list was not read: {upload.state} {upload.error}")
        found["upload"] = upload
        return importing.counted(upload)

    first = brought("first")
    say(f"judged in {found['judge_first']:.0f} s")
    upload = found.pop("upload")
    confirm(upload, by=by)
    began = time.perf_counter()
    importing.apply.func(upload.pk)
    found["apply"] = time.perf_counter() - began
    say(f"written in {found['apply']:.0f} s")
    there = Household.objects.count()
    again = brought("again")
    found.pop("upload")
    say(f"brought again in {found['judge_again']:.0f} s")
    if (there, first["refused"], again["same"], again["new"]) != (size - bad, bad, size - bad, 0):
        raise SystemExit(f"{there} households, first {first}, again {again}: not safe to repeat")
    found |= {"good": there, "bad": bad, "same": again["same"]}
    out.write_text(json.dumps(found))


def _buildings(town: Any) -> list[str]:
    """Buildings in every red grid; their codes."""
    from jiequ.territory.models import Unit

    codes = []
    for grid in Unit.objects.filter(kind="red_grid", path__startswith=town.root.path).order_by("path"):
        for number in range(BUILDINGS):
            values = {"kind": "building", "code": f"{grid.code}{number:03}", "name": f"{number + 1}栋"}
            Unit.objects.add_child(grid, {**values, "valid_from": date(2020, 1, 1), "is_synthetic": True})
            codes.append(values["code"])
    return codes


def _sheet(codes: list[str], size: int) -> tuple[bytes, int]:
    """An xlsx of `size` households, every hundredth with a fault of one of five kinds; and how many are bad."""
    import xlsxwriter

    from jiequ.outreach.sheets import COLUMNS

    faults = (
        {"place": "NOWHERE"},
        {"phone": "12"},
        {"categories": "没有这一类"},
        {"categories": "残疾人"},
        {"name": ""},
    )
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, [str(column.label) for column in COLUMNS])
    bad = 0
    for number in range(size):
        cells = {
            "place": codes[number % len(codes)], "room": f"{number // len(codes) + 1}01", "name": f"试验{number}",
            "phone": f"138{number:08}", "tier": ("每季联系", "每月联系", "每周联系")[number % 3], "remark": "独住，儿女每周来一次",
            "agreed_on": "2021-03-01", "categories": ("", "独居老人", "高龄老人、低保户", "残疾人")[number % 4],
            "agreed_sensitive_on": "2021-03-01",
        }  # fmt: skip
        if number % ONE_BAD_IN == ONE_BAD_IN - 1:
            fault = faults[bad % len(faults)]
            cells |= fault
            if fault == {"categories": "残疾人"}:
                cells["agreed_sensitive_on"] = ""
            bad += 1
        page.write_row(number + 1, 0, [cells.get(column.key, "") for column in COLUMNS])
    book.close()
    return out.getvalue(), bad


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
