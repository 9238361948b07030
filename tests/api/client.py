"""What the tests of Open311 share: a street with boundaries, a key, and a client that reads both formats into one shape."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

from django.test import Client

from jiequ.api import actions
from jiequ.api.models import ApiKey
from jiequ.api.open311 import pace
from jiequ.cases.models import CaseCategory
from jiequ.core.permission import SYSTEM
from jiequ.territory.models import Unit
from tests import make
from tests.territory.ground import square

V2 = "/open311/v2"
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
#: Lists of GeoReport, and what their items are called.
ITEMS = {
    "services": "service", "service_requests": "request", "errors": "error", "attributes": "attribute", "values": "value",
    "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
ATTRIBUTES = [
    {
        "variable": True, "code": "FLOOR", "datatype": "singlevaluelist", "required": True,
        "datatype_description": "请选楼层", "order": 1, "description": "在几楼？",
        "values": [{"key": "1", "name": "一楼"}, {"key": "2", "name": "二楼"}],
    },
    {
        "variable": True, "code": "WHEN", "datatype": "multivaluelist", "required": False, "datatype_description": "",
        "order": 2, "description": "什么时候？", "values": [{"key": "day", "name": "白天"}, {"key": "night", "name": "夜里"}],
    },
    {
        "variable": True, "code": "LAMPS", "datatype": "number", "required": False, "datatype_description": "",
        "order": 3, "description": "坏了几盏？", "values": [],
    },
    {
        "variable": False, "code": "NOTE", "datatype": "text", "required": False, "datatype_description": "",
        "order": 4, "description": "路灯请找市政。", "values": [],
    },
]  # fmt: skip


@dataclass
class Ground:
    """A street of cases whose block and grid have boundaries, with a key to it."""

    at: make.Street
    block: Unit
    grid: Unit
    building: Unit
    lamps: CaseCategory
    key: ApiKey
    text: str


def ground() -> Ground:
    root = make.unit("subdistrict", name="观澜街道", code="440309006", boundary=square(0, 0, 40, 40))
    community = make.unit("community", inside=root, boundary=square(0, 0, 20, 20))
    block = make.unit("block", inside=community, name="石一街区", boundary=square(0, 0, 10, 10))
    grid = make.unit("red_grid", inside=block, name="东片红色网格", boundary=square(0, 0, 5, 10))
    building = make.unit("building", inside=grid, name="3栋")
    lamps = make.category(
        "lamps",
        name="楼道照明",
        says="楼道、路边的灯不亮。",
        keywords="灯、路灯，照明",
        group="公共设施",
        attributes=ATTRIBUTES,
        order=1,
    )
    head = make.account("head", block)
    own = make.handler(block, "街区网格长", role="head")
    at = make.Street(
        building=building, grid=grid, block=block, community=community, root=root, office=head, chief=head, head=head,
        member=head, worker=head, second_worker=head, own=own, department=own, category=make.category("refuse", name="垃圾清运"),
    )  # fmt: skip
    make.category("petition", name="信访事项", channel="街道信访办")
    make.category("old", name="停用的", is_active=False)
    key, text = actions.create_key("试用平台", by=SYSTEM)
    pace.forget()
    return Ground(at, block, grid, building, lamps, key, text)


def get(path: str, form: str, **query: Any) -> Any:
    """The body of a GET as a client reads it, from either format; the answer's headers have been looked at."""
    return read(Client().get(f"{V2}/{path}.{form}", query), form)


def post(form: str, fields: dict[str, Any], **headers: str) -> Any:
    return Client().post(f"{V2}/requests.{form}", fields_of(fields), content_type=FORM, headers=headers)


FORM = "application/x-www-form-urlencoded"


def fields_of(fields: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(fields, doseq=True)


def read(response: Any, form: str) -> Any:
    """XML and JSON in one shape: lists of dicts of text; the outer list's name is looked at in XML only."""
    assert response.headers["Content-Type"] == TYPES[form]
    content = response.content.decode("utf-8")
    if form == "json":
        return texts(json.loads(content))
    assert content.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    return inside(ElementTree.fromstring(content))


def inside(element: ElementTree.Element) -> Any:
    assert element.attrib == {} and not element.tag.startswith("{"), "no attributes, no namespaces"
    if element.tag in ITEMS:
        assert {child.tag for child in element} <= {ITEMS[element.tag]}
        return [inside(child) for child in element]
    if len(element):
        assert not (element.text or "").strip()
        return {child.tag: inside(child) for child in element}
    return element.text


def texts(value: Any) -> Any:
    """JSON's values as XML writes them."""
    if isinstance(value, dict):
        return {key: texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [texts(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
