"""Where a case goes: from a point or a unit to one desk with somebody there, whatever the borders say."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.cases import actions
from jiequ.cases.models import Case, DutyLine, Handler
from jiequ.cases.routing import desk_for, handler_for, place_of_point, place_of_unit, places_of_points
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, SYSTEM
from jiequ.people.actions import appoint_person
from jiequ.territory.actions import add_unit, merge_units, move_unit, set_boundary, split_unit
from jiequ.territory.models import Unit
from jiequ.work.models import Task
from tests import make
from tests.territory.ground import plant, square

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def ground():
    """A street of 20 by 10, one community of 10 by 10 with two blocks, a second without; grids in the first block."""
    root = make.unit("subdistrict")
    set_boundary(root, square(0, 0, 20, 10), by=SYSTEM)
    root.refresh_from_db()
    made = {"root": root}

    def add(key, kind, inside, *at):
        made[key] = make.unit(kind, inside=made[inside], code=key, name=f"{key}名", boundary=square(*at))
        made[inside].refresh_from_db()

    add("c1", "community", "root", 0, 0, 10, 10)
    add("c2", "community", "root", 10, 0, 18, 10)
    add("b1", "block", "c1", 0, 0, 5, 10)
    add("b2", "block", "c1", 5, 0, 10, 10)
    add("g1", "red_grid", "b1", 0, 0, 5, 5)
    add("g2", "red_grid", "b1", 0, 5, 5, 10)
    add("h1", "building", "g1", 1, 1, 2, 2)
    add("h2", "building", "g1", 2, 1, 3, 2)
    for role, key in (("office", "root"), ("chief", "c1"), ("head", "b1"), ("head", "b2")):
        made[f"{role}_{key}"] = make.account(role, made[key])
    made["lamp"] = make.category("lamp")
    return made


def at(x, y):
    return (114 + x / 1000, 22.7 + y / 1000)


def routed(ground, x, y):
    return place_of_point(*at(x, y), fallback=ground["root"])


def file(ground, x, y, **more):
    lon, lat = at(x, y)
    to = place_of_point(lon, lat, fallback=ground["root"])
    filed = actions.file_case(
        to, ground["lamp"], by=PUBLIC, body="路灯不亮。", longitude=lon, latitude=lat, **more
    )  # fmt: skip
    return Case.objects.get(pk=filed.case.pk)


def accept_task(case):
    return Task.objects.open().about(case).get(verb="cases.accept")


def test_a_point_finds_building_grid_and_block(ground):
    inside = routed(ground, 1.5, 1.5)
    assert (inside.building, inside.unit, inside.block, inside.triage) == (
        ground["h1"], ground["g1"], ground["b1"], "",
    )  # fmt: skip
    beside = routed(ground, 4, 4)
    assert (beside.building, beside.unit, beside.block, beside.triage) == (None, ground["g1"], ground["b1"], "")
    no_grid = routed(ground, 7, 7)
    assert (no_grid.unit, no_grid.block, no_grid.triage) == (ground["b2"], ground["b2"], "")


def test_what_the_machine_cannot_place_waits_above_with_the_reason(ground):
    between_grids = routed(ground, 2, 5)
    assert (between_grids.unit, between_grids.block, between_grids.triage) == (ground["b1"], ground["b1"], "border")
    between_blocks = routed(ground, 5, 7)
    assert (between_blocks.unit, between_blocks.block, between_blocks.triage) == (ground["c1"], None, "border")
    between_communities = routed(ground, 10, 5)
    assert (between_communities.desk, between_communities.triage) == (ground["root"], "border")
    outside = routed(ground, 30, 30)
    assert (outside.desk, outside.triage) == (ground["root"], "outside")
    no_block = routed(ground, 15, 5)
    assert (no_block.desk, no_block.triage) == (ground["c2"], "unknown")
    nowhere_yet = routed(ground, 19, 5)
    assert (nowhere_yet.desk, nowhere_yet.triage) == (ground["root"], "unknown")


def test_between_two_buildings_of_a_grid_the_grid_is_certain(ground):
    found = routed(ground, 2, 1.5)
    assert (found.unit, found.building, found.triage) == (ground["g1"], None, "")


def test_an_overlap_is_told_from_a_border(ground):
    Unit.objects.filter(pk=ground["b2"].pk).update(boundary=square(4.5, 6, 10, 10))  # as an old import may have left it
    set_boundary(ground["c2"], square(10, 0, 18, 10), by=SYSTEM)
    Unit.objects.filter(pk=ground["g2"].pk).update(boundary=None)
    set_boundary(ground["c2"], square(10, 0, 18, 10), by=SYSTEM)
    assert (routed(ground, 4.7, 8).desk, routed(ground, 4.7, 8).triage) == (ground["c1"], "overlap")


def test_where_the_street_is_not_drawn_the_page_that_was_open_says_where():
    street = make.street()
    found = place_of_point(114.0, 22.7, fallback=street.building)
    assert (found.unit, found.block, found.building, found.triage) == (street.grid, street.block, street.building, "")


def test_grids_of_management_lead_to_their_block(ground):
    base = add_unit("base_grid", "jw1", "基础网格", inside=ground["b1"], by=SYSTEM)
    city = add_unit("city_grid", "cg1", "城管网格", inside=ground["b1"], by=SYSTEM)
    for grid in (base, city):
        found = place_of_unit(grid)
        assert (found.unit, found.block, found.triage) == (ground["b1"], ground["b1"], "")


@pytest.mark.parametrize("seed", range(3))
def test_every_point_of_the_pilot_has_one_desk_with_somebody(seed):
    units = plant()
    root = next(u for u in units.values() if u.depth == 1)
    office = make.account("office", root, starts_on=clock.today())
    blocks = [u for u in units.values() if u.kind == Unit.Kind.BLOCK]
    dice = random.Random(seed)
    manned = dice.sample(blocks, len(blocks) // 2)
    heads = {b.pk: make.account("head", b, starts_on=clock.today()).person_id for b in manned}
    shape = [p for ring in root.boundary["coordinates"] for p in ring] if root.boundary else []
    if root.boundary and root.boundary["type"] == "MultiPolygon":
        shape = [p for polygon in root.boundary["coordinates"] for ring in polygon for p in ring]
    west, east = min(p[0] for p in shape), max(p[0] for p in shape)
    south, north = min(p[1] for p in shape), max(p[1] for p in shape)
    points = [(dice.uniform(west, east), dice.uniform(south, north)) for _ in range(150)]
    corners = [p for u in blocks if u.boundary for p in _points(u.boundary)]
    points += [(p[0], p[1]) for p in dice.sample(corners, 50)]
    triaged = 0
    for point, routed_alike in zip(points, places_of_points(points, root=root), strict=True):
        found = place_of_point(*point, fallback=root)
        assert found == routed_alike
        assert found.desk.depth <= 3
        assert found.unit.path.startswith(found.desk.path)
        assert bool(found.triage) == (found.block is None or found.triage in ("border", "overlap"))
        desk = desk_for(found.desk)
        assert desk.persons
        if found.block is not None and found.block.pk in heads:
            assert desk.persons == [heads[found.block.pk]]
        else:
            assert desk.persons == [office.person_id]
        triaged += bool(found.triage)
    assert 0 < triaged < len(points)


def _points(boundary):
    polygons = boundary["coordinates"] if boundary["type"] == "MultiPolygon" else [boundary["coordinates"]]
    return [p for polygon in polygons for ring in polygon for p in ring]


def test_many_points_take_as_many_statements_as_few(ground):
    routed(ground, 1, 1)
    taken = []
    for many in (1, 40):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            places_of_points([at(x / 10, 5) for x in range(many)], root=ground["root"])
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 2


def test_a_vacant_block_climbs_in_the_same_request(ground):
    post = ground["head_b2"].person.appointments.get()
    type(post).objects.filter(pk=post.pk).update(ends_on=clock.today())
    case = file(ground, 7, 7)
    task = accept_task(case)
    assert (case.block_id, task.unit_id, task.role) == (ground["b2"].pk, ground["c1"].pk, "chief")


def test_a_desk_on_the_rota_and_its_stand_in(ground):
    block, head = ground["b1"], ground["head_b1"]
    second = make.account("head", block)
    own = make.handler(block, "街区网格长", role="head")
    duty = actions.set_rota(own, second.person, starts_on=clock.today(), by=SYSTEM, stand_in=head.person)
    assert accept_task(file(ground, 4, 4)).holder_id == second.person_id
    actions.mark_away(duty, True, by=SYSTEM)
    assert accept_task(file(ground, 4, 4)).holder_id == head.person_id
    against = file(ground, 4, 4, complained_of=head.person)
    assert accept_task(against).holder_id != head.person_id


def test_a_closed_units_code_leads_to_what_it_became(ground):
    one, two = split_unit(
        ground["g1"],
        [
            {"code": "g1a", "name": "甲", "boundary": square(0, 0, 5, 3)},
            {"code": "g1b", "name": "乙", "boundary": square(0, 3, 5, 5)},
        ],
        by=SYSTEM,
    )
    old_house = Unit.objects.get(pk=ground["h1"].pk)
    followed = place_of_unit(old_house)
    assert (followed.building.code, followed.unit, followed.triage) == ("h1", one, "")
    old_grid = place_of_unit(Unit.objects.get(pk=ground["g1"].pk))  # became two: its block's people say which
    assert (old_grid.unit, old_grid.block, old_grid.triage) == (ground["b1"], ground["b1"], "closed")
    assert two.kind == Unit.Kind.RED_GRID


def test_open_cases_go_on_in_the_heir_that_holds_their_point(ground):
    south, north = file(ground, 4, 1), file(ground, 4, 4)
    house = file(ground, 1.5, 1.5)
    done = file(ground, 4, 1)
    actions.fix_on_spot(done, by=ground["head_b1"], what="换了灯泡。")
    one, two = split_unit(
        ground["g1"],
        [
            {"code": "g1a", "name": "甲", "boundary": square(0, 0, 5, 3)},
            {"code": "g1b", "name": "乙", "boundary": square(0, 3, 5, 5)},
        ],
        by=SYSTEM,
    )
    assert Case.objects.get(pk=south.pk).unit == one
    assert Case.objects.get(pk=north.pk).unit == two
    now = Case.objects.get(pk=house.pk)
    assert (now.unit, now.building.code, now.block_id) == (one, "h1", ground["b1"].pk)
    assert Case.objects.get(pk=done.pk).unit_id == ground["g1"].pk
    assert JournalEntry.objects.about(south).filter(verb="reroute").count() == 1
    assert accept_task(south).unit_id == ground["b1"].pk


def test_a_split_blocks_handlers_lines_limits_and_tasks_follow(ground):
    block = ground["b2"]
    own = make.handler(block, "街区网格长", role="head")
    line = actions.set_duty_line(block, ground["lamp"], own, by=SYSTEM)
    actions.set_limit(block, by=SYSTEM, effective_on=clock.today(), workdays=3)
    actions.add_template(block, by=SYSTEM, name="已修", text="修好了。")
    first_case, second_case = file(ground, 7, 2), file(ground, 7, 8)
    assert first_case.proposed == own
    one, two = split_unit(
        block,
        [
            {"code": "b2a", "name": "南街", "boundary": square(5, 0, 10, 5)},
            {"code": "b2b", "name": "北街", "boundary": square(5, 5, 10, 10)},
        ],
        by=SYSTEM,
    )
    own.refresh_from_db()
    copy = Handler.objects.get(unit=two)
    assert (own.unit, copy.name, copy.role) == (one, "街区网格长", "head")
    assert DutyLine.objects.get(pk=line.pk).ends_on == clock.today()
    today = clock.today()
    assert [handler_for(u, ground["lamp"], today) for u in (one, two)] == [own.pk, copy.pk]
    assert [actions.limit_for(u, ground["lamp"], "help", today).workdays for u in (one, two)] == [3, 3]
    assert one.answer_templates.count() == two.answer_templates.count() == 1
    first_case.refresh_from_db()
    second_case.refresh_from_db()
    assert (first_case.block, first_case.proposed) == (one, own)
    assert (second_case.block, second_case.proposed) == (two, copy)
    tasks = [accept_task(c) for c in (first_case, second_case)]
    assert [(t.unit, t.role) for t in tasks] == [(one, "head"), (ground["c1"], "chief")]  # the second has no head yet


def test_merged_blocks_keep_both_handlers_and_one_line(ground):
    handlers = [make.handler(ground[key], "街区网格长", role="head") for key in ("b1", "b2")]
    for key, handler in zip(("b1", "b2"), handlers, strict=True):
        actions.set_duty_line(ground[key], ground["lamp"], handler, by=SYSTEM)
    cases = [file(ground, 4, 4), file(ground, 7, 7)]
    new = merge_units([ground["b1"], ground["b2"]], code="b", name="合街", by=SYSTEM)
    names = sorted(Handler.objects.filter(unit=new).values_list("name", flat=True))
    assert names == ["街区网格长", "街区网格长（b2名）"]
    assert handler_for(new, ground["lamp"], clock.today()) == handlers[0].pk
    assert {Case.objects.get(pk=c.pk).block_id for c in cases} == {new.pk}
    assert {accept_task(c).unit_id for c in cases} == {new.pk}


def test_a_moved_grid_takes_its_cases_along_also_those_in_hand(ground):
    case = file(ground, 4, 7)
    actions.accept_case(case, by=ground["head_b1"])
    moved = move_unit(ground["g2"], inside=ground["b2"], by=SYSTEM)
    case.refresh_from_db()
    assert (case.unit, case.block, case.state) == (moved, ground["b2"], "accepted")


def test_a_case_that_is_opened_again_follows_its_closed_unit(ground):
    case = file(ground, 7, 7, phone="13800138000")
    own = make.handler(ground["b2"], "街区网格长", role="head")
    head = ground["head_b2"]
    actions.accept_case(case, by=head, lead=own)
    actions.acknowledge_case(case, by=head)
    actions.reply_case(case, by=head, text="修好了。")
    new = merge_units([ground["b1"], ground["b2"]], code="b", name="合街", by=SYSTEM)
    case = Case.objects.select_related("unit", "limit", "lead").get(pk=case.pk)
    assert case.unit_id == ground["b2"].pk  # what was answered counts where it was answered
    actions.rate_case(case, case.complainants.get(), score="dissatisfied", by=PUBLIC)
    case.refresh_from_db()
    assert (case.state, case.unit, case.block) == ("working", new, new)


def test_a_changed_border_routes_the_untouched_anew_and_no_other(ground):
    waiting = file(ground, 15, 5)  # no block there yet
    border, in_hand, by_hand = file(ground, 5, 7), file(ground, 4, 7), file(ground, 5, 7)
    actions.accept_case(in_hand, by=ground["head_b1"])
    actions.place_case(by_hand, ground["b2"], by=ground["chief_c1"])
    due = Case.objects.get(pk=border.pk).due_at
    new = add_unit("block", "b3", "新街区", inside=ground["c2"], by=SYSTEM, boundary=square(12, 2, 18, 8))
    waiting.refresh_from_db()
    assert (waiting.unit, waiting.block, waiting.triage) == (new, new, "")
    assert accept_task(waiting).unit_id == ground["root"].pk  # nobody holds a post nearer
    set_boundary(ground["g2"], square(0, 5, 3, 10), by=SYSTEM)
    set_boundary(ground["b1"], {"type": "Polygon", "coordinates": _corner()}, by=SYSTEM)
    border.refresh_from_db()
    assert (border.triage, border.block, border.due_at) == ("", ground["b2"], due)
    task = accept_task(border)
    assert (task.unit, task.role) == (ground["b2"], "head")
    for kept, block in ((in_hand, "b1"), (by_hand, "b2")):
        kept.refresh_from_db()
        assert kept.block_id == ground[block].pk
        assert not JournalEntry.objects.about(kept).filter(verb="reroute").exists()
    assert JournalEntry.objects.about(border).filter(verb="reroute").count() == 1


def _corner():
    """b1 without its north-eastern part: its border with b2 moves away from the point."""
    return [[list(at(*p)) for p in ((0, 0), (5, 0), (5, 5), (4.5, 5), (4.5, 10), (0, 10), (0, 0))]]


def test_rerouting_takes_as_many_statements_for_many_as_for_few(ground):
    def statements(many):
        for _ in range(many):
            file(ground, 5, 7)
        Case.objects.filter(longitude=at(5, 7)[0]).update(
            unit=ground["c1"], block=None, triage="border", state="submitted"
        )  # fmt: skip
        JournalEntry.objects.none()
        with CaptureQueriesContext(connection) as seen:
            set_boundary(ground["b1"], square(0, 0, 4.9, 10), by=SYSTEM)
        set_boundary(ground["b1"], square(0, 0, 5, 10), by=SYSTEM)
        return len(seen)

    set_boundary(ground["g1"], square(0, 0, 4.9, 5), by=SYSTEM)
    set_boundary(ground["g2"], square(0, 5, 4.9, 10), by=SYSTEM)
    few = statements(1)
    assert statements(20) <= few + 1


def test_filing_at_a_point_stays_within_its_statements(ground):
    make.handler(ground["b1"], "街区网格长", role="head")
    actions.set_default_limits(ground["root"], by=SYSTEM)
    file(ground, 4, 4)
    appoint_person(make.person(at=ground["b1"]), "head", ground["b1"], by=SYSTEM)
    with CaptureQueriesContext(connection) as seen:
        file(ground, 4, 4)
    said = [q["sql"] for q in seen if "SAVEPOINT" not in q["sql"]]
    assert len(said) - 1 <= 15  # the last reads the case for the test
