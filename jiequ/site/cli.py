"""The `jiequ` command: its own words, and Django's behind them.

jiequ serve | worker | tick | demo | figures | verify-journal | make-keys | open | api-key | docs      (any other word is Django's)
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any


def main(argv: list[str] | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiequ.site.settings")
    os.umask(0o077)  # the database, its copies and uploads are for the service's own user
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in COMMANDS:
        return COMMANDS[words[0]](words[1:])
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["jiequ", *words])
    except ImproperlyConfigured as error:
        return _stop(str(error))
    return 0


def _stop(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _django() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(_stop(str(error)))


def serve(argv: list[str]) -> int:
    """Serve the site and run the worker beside it, until a signal."""
    parser = argparse.ArgumentParser(prog="jiequ serve", description=serve.__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("JIEQU_PORT", "8000")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    _django()
    from jiequ.site import server

    return server.serve(args.host, args.port, args.workers)


def worker(argv: list[str]) -> int:
    """Do the periodic work and the long work, until a signal."""
    argparse.ArgumentParser(prog="jiequ worker", description=worker.__doc__).parse_args(argv)
    _django()
    from jiequ.site import server

    return server.work()


def tick(argv: list[str]) -> int:
    """Do once what is due now: remind, send notices, seal the journal. Safe to run twice and in two processes."""
    argparse.ArgumentParser(prog="jiequ tick", description=tick.__doc__).parse_args(argv)
    _django()
    from jiequ.site import server

    for name, count in server.tick().items():
        print(f"{name}: {count}")
    return 0


def demo(argv: list[str]) -> int:
    """Replay the pilot into an empty database."""
    parser = argparse.ArgumentParser(prog="jiequ demo", description=demo.__doc__)
    parser.add_argument("--if-empty", action="store_true", help="do nothing where there are units already")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(argv)
    _django()
    from django.conf import settings

    from jiequ.territory.models import Unit

    if settings.MODE == "production":
        return _stop("The demo is not for production: set JIEQU_MODE=demo, with a home of its own.")
    if Unit.objects.exists():
        if args.if_empty:
            return 0
        return _stop("The database already holds units. Give the demo an empty one (another JIEQU_HOME).")
    from jiequ.demo.replay import replay

    replay(progress=None if args.quiet else _bar)
    return 0


def _bar(done: int, of: int, label: str) -> None:
    width = 30
    filled = width * done // of
    end = "\n" if done == of else ""
    if sys.stdout.isatty() or done == of or done % max(1, of // 10) == 0:
        lead = "\r" if sys.stdout.isatty() else ""
        print(
            f"{lead}  [{'█' * filled}{'·' * (width - filled)}] {done}/{of} {label:<24}",
            end=end or ("" if lead else "\n"),
        )
        sys.stdout.flush()


def figures(argv: list[str]) -> int:
    """Count every figure of a unit over a period."""
    parser = argparse.ArgumentParser(prog="jiequ figures", description=figures.__doc__)
    parser.add_argument("--unit", required=True, help="the unit's code")
    parser.add_argument("--from", dest="start", required=True, type=date.fromisoformat, help="YYYY-MM-DD")
    parser.add_argument("--to", dest="end", required=True, type=date.fromisoformat, help="YYYY-MM-DD")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    if args.end < args.start:
        return _stop(f"--to {args.end} lies before --from {args.start}.")
    _django()
    from jiequ.core.measures import REGISTER, Measure, Median, Period, counts, medians, parts_of
    from jiequ.territory.models import Unit

    unit = Unit.objects.filter(code=args.unit).first()
    if unit is None:
        return _stop(f"No unit has the code {args.unit}.")
    period = Period(args.start, args.end)
    found = counts(parts_of(REGISTER.values()), unit, period)
    middles = medians(REGISTER.values(), unit, period)
    out: dict[str, Any] = {}
    for key, figure in sorted(REGISTER.items()):
        if isinstance(figure, Measure):
            out[key] = found[key]
        elif isinstance(figure, Median):
            out[key] = {"median": middles.get((key, unit.path)), "rows": found[figure.of.key], "in": str(figure.noun)}
        else:
            out[key] = {"numerator": found[figure.part.key], "denominator": found[figure.whole.key]}
    if args.json:
        print(json.dumps({"unit": unit.code, "from": str(args.start), "to": str(args.end), "figures": out}, indent=2))
    else:
        print(f"{unit.name} {args.start} – {args.end}")
        for key, value in out.items():
            print(f"{key:36} {_in_words(value)}")
    return 0


def _in_words(value: Any) -> str:
    """17 · 12 / 19 · 12天 (of 9)."""
    if not isinstance(value, dict):
        return str(value)
    if "median" not in value:
        return f"{value['numerator']} / {value['denominator']}"
    return f"{'—' if value['median'] is None else value['median']}{value['in']} (of {value['rows']})"


def verify_journal(argv: list[str]) -> int:
    """Prove that no entry of the journal was edited, deleted, inserted or reordered."""
    argparse.ArgumentParser(prog="jiequ verify-journal", description=verify_journal.__doc__).parse_args(argv)
    _django()
    from jiequ.core import journal
    from jiequ.core.models import JournalEntry, JournalLink

    faults = 0
    for fault in journal.verify():
        faults += 1
        print(f"{fault.what}: {fault.says}")
    entries, links = JournalEntry.objects.count(), JournalLink.objects.count()
    print(f"{entries} entries, {links} sealed, {faults} faults")
    return 1 if faults else 0


def make_keys(argv: list[str]) -> int:
    """Make the key file for a new installation; never overwrites one."""
    argparse.ArgumentParser(prog="jiequ make-keys", description=make_keys.__doc__).parse_args(argv)
    from jiequ.site import keys

    home = Path(os.environ.get("JIEQU_HOME") or Path(__file__).resolve().parents[2] / "var").resolve()
    try:
        file = keys.make(home)
    except FileExistsError:
        return _stop(f"{keys.path(home)} exists already. Whoever loses it loses the encrypted data: it stays as it is.")
    print(f"{file} made. Keep a copy off this machine: without it encrypted personal data cannot be read.")
    return 0


def open_subdistrict(argv: list[str]) -> int:
    """Open Jiequ for a subdistrict: its unit, calendar, default rules and one administrator, with a one-time password."""
    parser = argparse.ArgumentParser(prog="jiequ open", description=open_subdistrict.__doc__)
    parser.add_argument("--code", required=True, help="the subdistrict's nine-digit code")
    parser.add_argument("--name", required=True, help="its name")
    parser.add_argument("--person", required=True, help="the administrator's name")
    parser.add_argument("--username", default="admin")
    args = parser.parse_args(argv)
    _django()
    from jiequ.core.permission import Refused
    from jiequ.site import opening

    try:
        password = opening.open_subdistrict(args.code, args.name, person=args.person, username=args.username)
    except Refused as refused:
        return _stop(refused.message)
    print(f"{args.name} is open. Sign in as {args.username} with the one-time password {password}")
    return 0


def api_key(argv: list[str]) -> int:
    """Make, list and revoke the keys that other programs call with. A new key is shown once, alone on the last line."""
    parser = argparse.ArgumentParser(prog="jiequ api-key", description=api_key.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="make a key")
    create.add_argument("--label", required=True, help="whose it is and what for")
    create.add_argument("--scope", default="open311", choices=["open311"], help="the interface it opens")
    verbs.add_parser("list", help="every key, without its text")
    verbs.add_parser("revoke", help="a key opens nothing any more").add_argument("number", type=int, help="as listed")
    args = parser.parse_args(argv)
    _django()
    from jiequ.api import actions
    from jiequ.api.models import ApiKey
    from jiequ.core.clock import day
    from jiequ.core.permission import SYSTEM, Refused, through

    try:
        with through("shell"):
            if args.verb == "create":
                key, text = actions.create_key(args.label, by=SYSTEM, scope=args.scope)
                print(
                    f"Key {key.pk} for {key.label}. It is shown this once; only a digest of it is kept.",
                    file=sys.stderr,
                )
                print(text)
            elif args.verb == "revoke":
                found = ApiKey.objects.filter(pk=args.number).first()
                if found is None:
                    return _stop(f"There is no key {args.number}: `jiequ api-key list` shows which there are.")
                print(f"Key {found.pk} for {actions.revoke_key(found, by=SYSTEM).label} is revoked.")
    except Refused as refused:
        return _stop(refused.message)
    if args.verb == "list":
        for key in ApiKey.objects.order_by("pk"):
            state = f"revoked {day(key.revoked_at)}" if key.revoked_at else f"last used {key.last_used_on or 'never'}"
            print(f"{key.pk}  {key.scope}  {key.label}  made {day(key.created_at)}  {state}")
    return 0


def docs(argv: list[str]) -> int:
    """Write docs/workflows.md and docs/data-model.md from the code."""
    parser = argparse.ArgumentParser(prog="jiequ docs", description=docs.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    args = parser.parse_args(argv)
    os.environ["JIEQU_MODE"] = "test"  # only the code is read: no keys, no database
    _django()
    from jiequ.site import docs as pages

    changed = pages.stale() if args.check else pages.write()
    for path in changed:
        print(f"{path.name} is stale: run `jiequ docs`." if args.check else f"{path.name} written")
    return 1 if args.check and changed else 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "serve": serve,
    "worker": worker,
    "tick": tick,
    "demo": demo,
    "figures": figures,
    "verify-journal": verify_journal,
    "make-keys": make_keys,
    "open": open_subdistrict,
    "api-key": api_key,
    "docs": docs,
}

if __name__ == "__main__":
    sys.exit(main())
