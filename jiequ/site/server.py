"""The server: web processes and one worker under one parent; and the worker's loop.

`serve` starts both as children, restarts a worker that died, and stops all on SIGINT or SIGTERM. `work` is the loop:
what is due now (`tick`) every twenty seconds, and queued jobs as they come. Everything in it may be killed at any moment
and run in several processes: each step takes what is due from the database, and none remembers anything itself.
"""

from __future__ import annotations

import ctypes
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import IntegrityError, close_old_connections, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from jiequ.core import clock
from jiequ.core.models import Schedule
from jiequ.core.permission import through
from jiequ.core.writing import write
from jiequ.people.actions import lay_posts

log = logging.getLogger("jiequ.site")
TICK = 20.0  # seconds between two ticks
GLANCE = 1.0  # seconds between two looks at the queue of jobs
HEARTBEAT = 10.0  # seconds; a worker silent for LEASE is taken for dead
LEASE = timedelta(seconds=60)
TRIES = 3  # of a job that may be repeated
GRACE = 6.0  # seconds that children get to stop by themselves

#: Done at every tick: each takes all that is due, and two at once do nothing twice.
ALWAYS = {
    "cases": "jiequ.cases.actions.sweep_cases",
    "wishes": "jiequ.outreach.actions.sweep_wishes",
    "outcomes_asked": "jiequ.outreach.actions.ask_outcomes",
    "reminders": "jiequ.work.actions.remind_due",
    "meetings": "jiequ.council.actions.remind_meetings",
    "deliveries": "jiequ.people.actions.deliver_due",
    "case_mails": "jiequ.cases.actions.mail_due",
    "sealed": "jiequ.core.journal.seal",
    "imports_swept": "jiequ.core.sheets.sweep",
    "keys_destroyed": "jiequ.council.actions.destroy_spent_keys",
}


# --- serving ---------------------------------------------------------------------------------------------------------


def serve(host: str, port: int, workers: int) -> int:
    """Serve until a signal; 0 when stopped by one, 1 when it cannot start or the web server fell over."""
    fault = _not_ready() or _not_free(host, port)
    if fault:
        _say(fault, to=sys.stderr)
        return 1
    connections.close_all()  # children must not inherit a connection
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    web = start(*web_command(host, port, workers))
    worker = _Kept("worker", lambda: start("jiequ.site.cli", "worker"))
    try:
        _announce(host, port, web, stop)
        while not stop.wait(0.2):
            if web.poll() is not None:
                log.error("The web server ended by itself with code %s.", web.returncode)
                return 1
            worker.keep()
        return 0
    finally:
        _end(web, worker.process)
        for number, handler in before.items():
            signal.signal(number, handler)


def web_command(host: str, port: int, workers: int) -> tuple[str, ...]:
    """The module and words that start the web processes; the benchmark starts the same."""
    return (
        *("granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "16", "--backlog", "1024", "--respawn-failed-workers", "--no-ws"),
        *("--log-level", "warning", "--no-access-log", "--workers-kill-timeout", str(int(GRACE) - 1)),
        "jiequ.site.wsgi:application",
    )


def _not_ready() -> str:
    """Why this must not be served, in words that say what to do; empty when it may."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{m.app_label}.{m.name}" for m, _ in missing[:5])
        return (
            f"The database is not up to date ({len(missing)} migrations, such as {names}): run `jiequ migrate` first."
        )
    if settings.MODE == "production":
        from jiequ.people.models import Account

        demo = list(Account.objects.filter(is_demo=True).order_by("username").values_list("username", flat=True)[:10])
        if demo:
            return (
                f"This database holds demo accounts, whose password is public: {', '.join(demo)}. "
                "Production does not start with them: use a database of its own, or remove them."
            )
    return ""


def _not_free(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return f"Cannot listen on {host}:{port} ({error.strerror}). Give another port: JIEQU_PORT=8001."
    return ""


def _announce(host: str, port: int, web: subprocess.Popen[bytes], stop: threading.Event) -> None:
    """Say where it is once it answers and, in the demo, who may sign in."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while not stop.is_set() and web.poll() is None:
        try:
            socket.create_connection((shown, port), timeout=1).close()
            break
        except OSError:
            stop.wait(0.05)
    if stop.is_set() or web.poll() is not None:
        return
    lines = [f"Jiequ is at http://{f'[{shown}]' if ':' in shown else shown}:{port}/  (Ctrl-C stops it)"]
    if settings.DEMO:
        from jiequ.demo.replay import LOGINS, PASSWORD

        lines.append(f"Demo sign-ins, all with the password {PASSWORD}")
        lines += [f"  {username:<24} {words}" for username, words in LOGINS]
    _say("\n".join(lines))


def _say(text: str, *, to: Any = None) -> None:
    (to or sys.stdout).write(text + "\n")
    (to or sys.stdout).flush()


class _Kept:
    """A child that is started again when it dies: after 1 second, then 2, 4 … 60; back to 1 once it has lived a minute."""

    def __init__(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.name, self._start_one = name, start
        self.process = start()
        self._since, self._wait, self._again_at = time.monotonic(), 1.0, 0.0

    def keep(self) -> None:
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self._again_at:
            self._wait = 1.0 if now - self._since > 60 else self._wait
            self._again_at = now + self._wait
            log.warning("The %s ended with code %s; again in %.0f s.", self.name, self.process.returncode, self._wait)
            self._wait = min(60.0, self._wait * 2)
        elif now >= self._again_at:
            self.process, self._since, self._again_at = self._start_one(), now, 0.0


def start(module: str, *words: str) -> subprocess.Popen[bytes]:
    """Run a module in a session of its own: Ctrl-C reaches the parent alone, which stops its children in order."""
    path = os.pathsep.join(filter(None, [str(settings.CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
        preexec_fn=_die_with_parent,  # the parent has one thread here
    )


def _die_with_parent() -> None:
    """Linux: get SIGTERM when the parent is killed, even with -9, so that no orphan holds the port."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    except (OSError, AttributeError):
        return


def _end(*children: subprocess.Popen[bytes]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)  # its own session: the group is it and its children
            child.wait()


# --- working ---------------------------------------------------------------------------------------------------------


def work() -> int:
    """Tick and run jobs until SIGINT or SIGTERM, which let the step at hand end."""
    stop = threading.Event()
    jobs = _Jobs(stop)

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        jobs.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    heart = threading.Thread(target=jobs.beat, name="heartbeat", daemon=True)
    heart.start()
    next_tick = 0.0
    while not stop.is_set():
        close_old_connections()
        if time.monotonic() >= next_tick:
            tick()
            next_tick = time.monotonic() + TICK
        jobs.run()
        close_old_connections()
        stop.wait(GLANCE)
    heart.join(timeout=2)
    connections.close_all()
    return 0


def tick() -> dict[str, int]:
    """Do once what is due now; how many of each. A step that fails is logged by its name and stops no other."""
    today = clock.today().isoformat()
    minute = clock.now().strftime("%Y-%m-%dT%H:%M")
    steps: dict[str, Callable[[], int]] = {name: _step(path) for name, path in ALWAYS.items()}
    steps["posts_laid"] = lambda: once("lay posts", minute, lay_posts)
    steps["swept"] = lambda: once("sweep", minute, sweep)
    steps["files_swept"] = lambda: once("sweep files", today, _step("jiequ.core.files.sweep"))
    steps["supervised"] = lambda: once("supervise", minute[:13], _step("jiequ.council.actions.supervise_overdue"))
    steps["contacts_planned"] = lambda: once("plan contacts", today, _step("jiequ.outreach.actions.plan_due"))
    if clock.local(clock.now()).hour >= 8:  # a notice may leave by e-mail: nobody is woken by it
        week = f"{clock.today():%G-W%V}"
        steps["contacts_told"] = lambda: once("tell contacts", week, _step("jiequ.outreach.actions.tell_week"))
    steps["households_kept"] = lambda: once("sweep kept", today, _step("jiequ.outreach.actions.sweep_kept"))
    steps["cases_kept"] = lambda: once("sweep kept cases", today, _step("jiequ.cases.actions.sweep_kept_cases"))
    steps["tidied"] = lambda: once("tidy", today, tidy)
    found: dict[str, int] = {}
    with through("tick"):
        for name, step in steps.items():
            try:
                found[name] = step()
            except Exception:
                log.exception("The step %s failed; it is tried again at the next tick.", name)
    return found


def _step(path: str) -> Callable[[], int]:
    return lambda: int(import_string(path)() or 0)


def once(name: str, period: str, step: Callable[[], int]) -> int:
    """Run `step` unless somebody has run it for this period, or is at it. A run that was killed is taken over after
    ten minutes."""
    now = clock.now()
    try:
        with write():
            run = Schedule.objects.create(name=name, period=period, started_at=now)
    except IntegrityError:
        stale = Schedule.objects.filter(
            name=name, period=period, finished_at=None, started_at__lt=now - timedelta(minutes=10)
        )
        if not stale.update(started_at=now):
            return 0
        run = Schedule.objects.get(name=name, period=period)
    count = step()
    Schedule.objects.filter(pk=run.pk).update(finished_at=clock.now())
    return count


def tidy() -> int:
    """Once a day: sessions that ended, runs older than a month, jobs that ended a month ago."""
    from django.contrib.sessions.models import Session
    from django_tasks_db.models import DBTaskResult

    month_ago = timedelta(days=31)
    with write():
        gone, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    with write():
        old, _ = Schedule.objects.filter(started_at__lt=clock.now() - month_ago).delete()
    with write():
        done, _ = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - month_ago).delete()
    return gone + old + done


# --- jobs ------------------------------------------------------------------------------------------------------------


class _Jobs:
    """This process as a worker of the queue. It says that it lives by a Schedule row, which the sweep reads."""

    def __init__(self, stop: threading.Event) -> None:
        from django_tasks_db.management.commands.db_worker import Worker

        self.name = f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._stop = stop
        self._worker = Worker(
            queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
            max_tasks=None, worker_id=self.name, excluded_queue_names=[],
        )  # fmt: skip

    def run(self) -> None:
        """Run the jobs that are ready, until none is or the signal came."""
        if not str(settings.TASKS["default"]["BACKEND"]).startswith("django_tasks_db"):
            return
        try:
            self._worker.running = not self._stop.is_set()
            self._worker.run()
        except Exception:
            log.exception("The queue of jobs could not be read.")

    def end(self) -> None:
        self._worker.running = False

    def beat(self) -> None:
        while not self._stop.is_set():
            try:
                Schedule.objects.update_or_create(
                    name=_alive(self.name),
                    period="alive",
                    create_defaults={"started_at": clock.now(), "finished_at": clock.now()},
                    defaults={"finished_at": clock.now()},
                )
                close_old_connections()
            except Exception:
                log.exception("The heartbeat could not be written.")
            self._stop.wait(HEARTBEAT)
        connections.close_all()


def _alive(worker: str) -> str:
    return f"worker {worker}"[:60]


def sweep() -> int:
    """Give back the jobs of workers that were killed: those that may be repeated (function attribute `may_repeat`) run
    again, at most three times; the others end as failed, which their page says."""
    from django_tasks_db.compat import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    alive = set(
        Schedule.objects.filter(period="alive", finished_at__gt=clock.now() - LEASE).values_list("name", flat=True)
    )
    swept = 0
    # Real time: the queue keeps its own clock. A job younger than the lease may belong to a worker not yet announced.
    for job in DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - LEASE):
        if job.worker_ids and _alive(job.worker_ids[-1]) in alive:
            continue
        again = getattr(job.task.func, "may_repeat", False) and len(job.worker_ids) < TRIES
        changes: dict[str, Any] = {"status": TaskResultStatus.READY}
        if not again:
            changes = {
                "status": TaskResultStatus.FAILED,
                "finished_at": timezone.now(),
                "exception_class_path": "builtins.InterruptedError",
                "traceback": f"The worker {job.worker_ids[-1:]} was killed while it ran this.",
            }
        with write():
            swept += DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.RUNNING).update(**changes)
        log.warning("Job %s of a dead worker: %s.", job.task_path, "again" if again else "failed")
    return swept
