"""The pages of the tree and of imports, through the test client."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import SheetImport
from jiequ.territory.models import Unit
from tests import make
from tests.territory.ground import plant, square

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def ground():
    community = make.unit("community", code="C", name="社区", boundary=square(0, 0, 20, 10))
    west = make.unit("block", inside=community, code="W", name="西", boundary=square(0, 0, 10, 10))
    make.unit("block", inside=community, code="E", name="东", boundary=square(10, 0, 20, 10))
    make.unit("red_grid", inside=west, code="W-1", name="南格", boundary=square(0, 0, 10, 5))
    make.unit("red_grid", inside=west, code="W-2", name="北格", boundary=square(0, 5, 10, 10))
    return west


@pytest.fixture
def office(ground, client):
    account = make.account("office", Unit.objects.get(depth=1))
    client.force_login(account)
    return account


def text(response):
    return response.content.decode()


@pytest.mark.parametrize(("rows", "statements"), [(1, 7), (60, 8), (200, 8)])  # a second page: the capped count
def test_the_list_of_units_costs_the_same_for_more_rows(rows, statements, ground, client, django_assert_num_queries):
    block = Unit.objects.get(code="W")
    for n in range(rows):
        make.unit("red_grid", inside=block, code=f"X{n}")
    client.force_login(make.account("head", block))
    client.get(reverse("units"))  # what a process asks for once
    with django_assert_num_queries(statements):
        # session, account, posts, unread, trail, units, their parents
        response = client.get(reverse("units"))
    assert response.status_code == 200
    assert "X0" in text(response)


def test_the_list_pages_in_the_tree_s_order_and_filters(office, client):
    block = Unit.objects.get(code="E")
    for n in range(60):
        make.unit("red_grid", inside=block, code=f"E-{n:02}", name=f"东{n}格")
    first = client.get(reverse("units"))
    codes = [u.code for u, _above in first.context["rows"]]
    assert codes == list(Unit.objects.values_list("code", flat=True)[:50])
    second = client.get(first.context["page"].older)
    assert [u.code for u, _above in second.context["rows"]] == list(Unit.objects.values_list("code", flat=True)[50:])
    found = client.get(reverse("units"), {"q": "南格", "kind": "red_grid"})
    assert [u.code for u, _above in found.context["rows"]] == ["W-1"]
    assert "没有符合的单位" in text(client.get(reverse("units"), {"q": "没有这个"}))


def test_who_works_in_one_block_sees_it_and_what_stands_above(ground, client):
    client.force_login(make.account("head", Unit.objects.get(code="E")))
    codes = [u.code for u, _above in client.get(reverse("units")).context["rows"]]
    assert (codes[1:], len(codes)) == (["C", "E"], 3)
    assert client.get(reverse("unit-boundary", args=["W"])).status_code == 404
    assert client.get(reverse("unit-boundary", args=["E"])).status_code == 200
    assert client.get(reverse("unit-edit", args=["E"])).status_code == 403
    assert client.post(reverse("unit-boundary", args=["E"]), {"boundary": ""}).status_code == 403
    assert client.get(reverse("import-new", args=["units"])).status_code == 403
    assert client.get(reverse("import-new", args=["nothing"])).status_code == 404


def test_the_exported_list_is_a_workbook_of_what_one_may_see(office, client):
    data = client.get(reverse("units"), {"format": "xlsx"}).content
    page = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in page[1:]] == ["C", "W", "W-1", "W-2", "E"]


def test_a_unit_is_added_and_edited_and_errors_keep_what_was_typed(office, client):
    new = {"kind": "red_grid", "code": "W-1", "name": "第三格", "order": "3"}
    response = client.post(reverse("unit-new", args=["W"]), new)
    assert response.status_code == 422
    assert "已经有了" in text(response)
    assert 'value="第三格"' in text(response)
    assert client.post(reverse("unit-new", args=["W"]), {**new, "code": "W-3"}).status_code == 302
    page = client.get(reverse("unit-edit", args=["W-3"]))
    seen = page.context["seen"]
    form = {"name": "新名", "official_code": "", "order": "3", "note": "", "seen": seen}
    assert client.post(reverse("unit-edit", args=["W-3"]), form).status_code == 302
    late = client.post(reverse("unit-edit", args=["W-3"]), {**form, "name": "另一个"})
    assert (late.status_code, "被别人改过" in text(late)) == (422, True)
    odd = client.post(reverse("unit-edit", args=["W-3"]), {**form, "seen": "{"})
    assert (odd.status_code, "请刷新" in text(odd)) == (422, True)


def test_a_boundary_is_drawn_and_a_bad_one_said(office, client):
    url = reverse("unit-boundary", args=["W-1"])
    assert 'viewBox="0 0 400 300"' in text(client.get(url))
    bad = client.post(url, {"boundary": "{nonsense"})
    assert (bad.status_code, "读不懂" in text(bad)) == (422, True)
    over = client.post(url, {"boundary": json.dumps(square(0, 0, 10, 6))})
    assert (over.status_code, "重叠" in text(over)) == (422, True)
    assert client.post(url, {"boundary": json.dumps(square(0, 0, 10, 4))}).status_code == 302


SPLIT = {"code1": "W", "name1": "西南", "code2": "W2", "name2": "西北"}


def split_form():
    children = {u.code: u.pk for u in Unit.objects.filter(kind="red_grid", valid_until=None)}
    return {**SPLIT, f"child{children['W-1']}": "1", f"child{children['W-2']}": "2"}


def test_a_split_is_previewed_and_only_then_done(office, client):
    url = reverse("unit-split", args=["W"])
    assert client.get(url).status_code == 200
    before = list(Unit.objects.values_list("code", "path"))
    preview = client.post(url, split_form())
    assert (preview.status_code, "办了以后会这样" in text(preview)) == (200, True)
    assert [u.name for u in preview.context["preview"].after] == ["西南", "西北"]
    assert len(preview.context["preview"].will.units) == 2
    assert list(Unit.objects.values_list("code", "path")) == before
    assert client.post(url, {**split_form(), "sure": "1"}).status_code == 302
    assert Unit.objects.get(code="W2").name == "西北"
    assert Unit.objects.get(code="W2").holds(Unit.objects.get(code="W-2"))


def test_a_split_with_a_part_left_empty_is_said(office, client):
    form = {k: "1" if k.startswith("child") else v for k, v in split_form().items()}
    response = client.post(reverse("unit-split", args=["W"]), form)
    assert (response.status_code, "还没有分到任何下级" in text(response)) == (422, True)
    odd = client.post(reverse("unit-split", args=["W"]), {**split_form(), "geojson": '{"features": [1]}'})
    assert (odd.status_code, "边界有 1 块" in text(odd)) == (422, True)
    worse = client.post(reverse("unit-split", args=["W"]), {**split_form(), "geojson": '{"features": [1, 2]}'})
    assert (worse.status_code, "GeoJSON" in text(worse)) == (422, True)


def test_merging_and_moving_by_the_pages(office, client):
    east = Unit.objects.get(code="E")
    form = {"units": [east.pk], "code": "W", "name": "大西"}
    assert "办了以后会这样" in text(client.post(reverse("unit-merge", args=["W"]), form))
    moved = client.post(reverse("unit-move", args=["W-1"]), {"inside": east.pk, "sure": "1"})
    assert moved.status_code == 302
    assert east.holds(Unit.objects.get(code="W-1"))
    assert client.post(reverse("unit-merge", args=["W"]), {**form, "sure": "1"}).status_code == 302
    assert Unit.objects.get(code="W").holds(Unit.objects.get(code="W-1"))


def upload(client, data, name="units.csv", **more):
    return client.post(reverse("import-new", args=["units"]), {"file": SimpleUploadedFile(name, data), **more})


CSV = "编码,名称,类别,上级编码\nB1,甲街区,街区,C\nB2,乙街区,村,C\n"


@pytest.fixture
def jobs(django_capture_on_commit_callbacks):
    """Runs what was queued, as the worker would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_an_upload_goes_through_verdicts_and_confirmation(office, client, jobs):
    assert client.get(reverse("import-new", args=["units"])).status_code == 200
    with jobs():
        response = upload(client, CSV.encode())
    page = client.get(response.url)
    assert "应是下列之一" in text(page)
    assert "写入 1 行" in text(page)
    found = SheetImport.objects.get()
    bad = client.get(reverse("import-bad", args=[found.pk]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(bad.content)).get_sheet_by_index(0).to_python()
    assert [(r[0], r[-1][:8]) for r in rows[1:]] == [("B2", "类别：应是下列之")]
    with jobs():
        client.post(reverse("import-confirm", args=[found.pk]))
    assert Unit.objects.get(code="B1").name == "甲街区"
    assert "写入了 1 行，1 行有问题" in text(client.get(response.url))
    assert client.get(reverse("import-template", args=["units"])).status_code == 200


def test_progress_is_shown_while_the_worker_is_at_it(office, client):
    response = upload(client, CSV.encode())  # nobody runs the job
    SheetImport.objects.update(state="reading", done=30, of=120)
    page = text(client.get(response.url))
    assert '<progress max="100" value="25"' in page
    part = text(client.get(response.url, headers={"HX-Request": "true", "HX-Target": "progress"}))
    assert ("<html" in part, "25%" in part) == (False, True)


def test_geojson_comes_in_by_the_same_two_steps(office, client, jobs):
    features = [
        {"type": "Feature", "properties": {"code": "E-1", "name": "东一格", "kind": "red_grid", "parent": "E"}, "geometry": square(10, 0, 20, 5)},
        {"type": "Feature", "properties": {"code": "E-2", "name": "东二格", "kind": "红色网格", "parent": "E"}, "geometry": square(10, 4, 20, 10)},
        {"type": "Feature", "properties": {"code": "E-3", "name": "域外格", "kind": "red_grid", "parent": "E"}, "geometry": square(30, 0, 40, 5)},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {"code": "W", "name": "西", "kind": "block", "parent": "C"}, "geometry": square(0, 0, 10, 10)},
    ]  # fmt: skip
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    with jobs():
        response = upload(client, data, "units.geojson")
    page = client.get(response.url)
    reasons = [(row.verdict, row.reason[:5]) for row, *_more in page.context["rows"]]
    assert reasons == [
        ("refused", "与第 2 "), ("refused", "与第 1 "), ("refused", "有约 57"), ("refused", "编码：没有"), ("same", ""),
    ]  # fmt: skip
    features[1]["geometry"] = square(10, 5, 20, 10)
    data = json.dumps({"type": "FeatureCollection", "features": features[:2]}).encode()
    with jobs():
        response = upload(client, data, "units.geojson")
        found = SheetImport.objects.get(file_name="units.geojson", pk=int(response.url.split("/")[-2]))
    with jobs():
        client.post(reverse("import-confirm", args=[found.pk]))
    assert Unit.objects.get(code="E-2").boundary_crs == "WGS-84"


def test_what_another_uploaded_is_not_mine_to_see(office, client):
    response = upload(client, CSV.encode())
    client.force_login(make.account("office", Unit.objects.get(depth=1)))
    assert client.get(response.url).status_code == 404
    pk = SheetImport.objects.get().pk
    for name in ("import-confirm", "import-drop", "import-resume"):
        assert client.post(reverse(name, args=[pk])).status_code == 404
        assert client.get(reverse(name, args=[pk])).status_code == 405


def test_a_wrong_or_too_large_file_is_said_on_the_form(office, client, settings):
    assert "只能上传" in text(upload(client, b"MZ", "a.exe"))
    settings.UPLOAD_LIMIT = 1_000_000
    response = upload(client, b"x" * 1_000_001)
    assert (response.status_code, "文件超过 1 MB" in text(response)) == (422, True)
    response = upload(client, b"x" * 1_300_000)
    assert (response.status_code, "文件太大了" in text(response)) == (413, True)
    assert not SheetImport.objects.exists()


def test_a_body_of_100_megabytes_is_refused_before_it_is_read(office, client):
    class Untouched:
        def read(self, *args):
            raise AssertionError("the body was read")

        readline = read

    response = client.generic("POST", reverse("import-new", args=["units"]), b"", CONTENT_LENGTH="100000000",
                              **{"wsgi.input": Untouched()})  # fmt: skip
    assert (response.status_code, "文件太大了" in text(response)) == (413, True)


def test_a_hostile_cell_is_shown_as_text(office, client, jobs):
    evil = '编码,名称,类别,上级编码\n"<script>alert(1)</script>",<img src=x onerror=1>,街区,C\n'
    with jobs():
        response = upload(client, evil.encode())
    page = text(client.get(response.url))
    assert ("<img src=x" in page, "<script>alert" in page, "&lt;img src=x" in page) == (False, False, True)


def test_the_pilot_s_blocks_are_all_on_the_map(client):
    with clock.stand_at(make.moment("2021-01-01")):
        made = plant(("subdistrict", "community", "block"))
    client.force_login(make.account("office", made["440309006"]))
    page = client.get(reverse("unit-boundary", args=["GL02"]))
    assert text(page).count("街区</text>") == 7
