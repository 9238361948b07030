"""The figures as tables. What matters is how many floors a thing costs; milliseconds are this machine's."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from benchmarks import FLOOR_PAGE, FLOOR_WRITE

GROWTH = 1.3  # how much dearer a page may be with the larger history
Scene = dict[str, Any]


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def everything(scenes: list[Scene], demo: dict[str, Any] | None, *, load: float, seconds: float, requests: int) -> None:
    say(
        f"Python {platform.python_version()}, {os.cpu_count()} cores shared by clients, server and database; granian with "
        f"2 workers × 16 threads; at most {requests} requests a page, one client; 4 clients for writes. Load average before: {load:.1f}."
    )
    say("'floors' is CPU beside the bare view's (pages) or beside the bare two-row transaction's (writes), same run.")
    for scene in scenes:
        say()
        _scene(scene)
    for database, what in dict.fromkeys((scene["database"], scene["what"]) for scene in scenes):
        sizes = [scene for scene in scenes if (scene["database"], scene["what"]) == (database, what)]
        if len(sizes) > 1:
            say()
            _growth(sizes[0], sizes[-1])
    say()
    if demo:
        say(f"demo: replayed in {demo['replay']:.1f} s; started and first page in {demo['start']:.1f} s (SQLite)")
        for name, paper in demo["papers"].items():
            say(
                f"minutes of the demo's {paper['n']} meetings as {name}: mean {paper['mean']:.1f} ms, "
                f"slowest {paper['max']:.1f} ms each"
            )
    else:
        say("demo: left out by --quick")
    say(f"whole benchmark: {seconds:.0f} s")


def taps(found: dict[str, Any] | None) -> None:
    """Taps and seconds on a phone-sized screen, beside the budgets of the look."""
    if found is None:
        return
    if "left_out" in found:
        say(f"taps: left out, {found['left_out']}")
        return
    say(
        f"== taps on a phone (390×844); by hand: {found['tap']} s a tap, {found['letter']} s a character, and the machine =="
    )
    say(f"{'task':<34}{'taps':>10}{'letters':>9}{'machine s':>11}{'by hand s':>14}")
    for task in found["tasks"]:
        seconds = f"{task['seconds']:.1f}" + (f" ≤ {task['most_seconds']}" if task["most_seconds"] else "")
        over = task["taps"] > task["most_taps"] or task["seconds"] > (task["most_seconds"] or task["seconds"])
        say(
            f"{task['label']:<34}{str(task['taps']) + ' ≤ ' + str(task['most_taps']):>10}{task['letters']:>9}"
            f"{task['machine']:>11.1f}{seconds:>14}{'  OVER' if over else ''}"
        )


def lists(found: list[Scene]) -> None:
    """Lists of households that came in as spreadsheets."""
    for one in found:
        rows = one["size"]
        say(
            f"== {one['database']}, a list of {rows:,} households ({one['bytes'] / 1e6:.1f} MB xlsx), {one['bad']:,} of them bad ==\n"
            f"read and judged, a verdict each    {rows / one['judge_first']:>8,.0f} rows/s  ({one['judge_first']:.1f} s)\n"
            f"good rows written                  {one['good'] / one['apply']:>8,.0f} rows/s  ({one['apply']:.1f} s)\n"
            f"the same file again                {rows / one['judge_again']:>8,.0f} rows/s  ({one['judge_again']:.1f} s): "
            f"{one['same']:,} the same, nothing to write"
        )


def plans(found: list[Scene]) -> None:
    """A quarter's plan of households."""
    for one in found:
        say(f"== {one['database']}, a plan of {one['size']:,} households in {one['grids']:,} grids ==")
        floor = one["acts"]["floor"]["seconds"]
        say(f"{'act':<50}{'seconds':>9}{'floors':>9}{'statements':>12}")
        for act in one["acts"].values():
            say(f"{act['label']:<50}{act['seconds']:>9.2f}{act['seconds'] / floor:>9.1f}{act['statements']:>12}")
        _pages(one["pages"])


def _scene(scene: Scene) -> None:
    rows = sum(scene["rows"].values())
    say(
        f"== {scene['database']}, {scene['size']:,} {scene['what']} ({rows:,} rows, filled in {scene['fill_seconds']:.0f} s) =="
    )
    _pages(scene["pages"])
    bare = scene["writes"][FLOOR_WRITE]
    say(f"{'write, 4 clients':<34}{'p50 ms':>8}{'p99 ms':>8}{'CPU ms':>8}{'db CPU':>8}{'floors':>8}{'a second':>12}")
    for write in scene["writes"].values():
        say(
            f"{write['label']:<34}{write['p50']:>8.1f}{write['p99']:>8.1f}{write['cpu']:>8.1f}{write['cpu_database']:>8.1f}"
            f"{_floors(write, bare):>8}{write['rate']:>12.0f}"
        )
    if filing := scene.get("filing_statements"):
        say(
            f"filing takes {filing['act']} statements with placing, limit, duty, number, task, journal and notice (≤ 15); "
            f"{filing['request']} in the whole request of the public form"
        )
    if waiting := scene.get("phones"):
        say(
            f"{waiting['phones']} phones waiting in the room for {waiting['seconds']:.0f} s: {waiting['cores']:.2f} of a core "
            f"(database {waiting['cores_database']:.2f}); {waiting['pulses']:,} pulses, p99 {waiting['p99']:.0f} ms, "
            f"{waiting['pages']:,} pages read again"
        )
    if cast := scene.get("storm"):
        say(
            f"a council of 200 casts {cast['cast']:,} votes in {cast['seconds']:.1f} s, a web process killed half-way: "
            f"{cast['lost']} lost, {cast['double']} double, {cast['miscounted']} sums wrong, {cast['sent_again']} sent again"
        )
    if scene["what"] != "motions":
        return
    if journal := scene["journal"]:
        each = 100_000 / journal["entries"]
        say(
            f"journal: {journal['entries']:,} entries; per 100,000: sealed in {journal['seal'] * each:.1f} s, "
            f"verified in {journal['verify'] * each:.1f} s"
        )
    else:
        say("journal: too long to be sealed here; see the smaller size")


def _pages(pages: dict[str, Any]) -> None:
    floor = pages[FLOOR_PAGE]
    say(f"{'page':<34}{'p50 ms':>8}{'p99 ms':>8}{'CPU ms':>8}{'db CPU':>8}{'floors':>8}{'statements':>12}")
    for page in pages.values():
        budget = f" ≤ {page['budget']}" if page["budget"] else ""
        over = "  OVER" if page["budget"] and page["statements"] > page["budget"] else ""
        say(
            f"{page['label']:<34}{page['p50']:>8.1f}{page['p99']:>8.1f}{page['cpu']:>8.1f}{page['cpu_database']:>8.1f}"
            f"{_floors(page, floor):>8}{str(page['statements']) + budget:>12}{over}"
        )


def _growth(small: Scene, large: Scene) -> None:
    """CPU with the larger history ÷ with the smaller, after taking off how much dearer the floor itself was."""
    times = large["size"] / small["size"]
    say(f"== {small['database']}, growth: {small['size']:,} → {large['size']:,} {small['what']} ({times:.0f} times) ==")
    say(f"{'page':<34}{'p50':>8}{'CPU':>8}")
    for key, page in small["pages"].items():
        other = large["pages"].get(key)
        if other is None:
            continue
        p50, cpu = other["p50"] / page["p50"], _cpu(other) / _cpu(page)
        say(f"{page['label']:<34}{p50:>7.2f}×{cpu:>7.2f}×{'  GROWS' if min(p50, cpu) > GROWTH else ''}")


def _cpu(timing: dict[str, float]) -> float:
    return max(0.01, timing["cpu"] + timing["cpu_database"])


def _floors(timing: dict[str, float], floor: dict[str, float]) -> str:
    return f"{_cpu(timing) / _cpu(floor):.1f}"
