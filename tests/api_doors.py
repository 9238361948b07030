"""What the interfaces ask of whoever comes; tests/doors.py takes these in. Sending needs a key, which no role has: tests/api."""

from __future__ import annotations

from tests.doors import Door, Everybody

XML = "xml"
API_DOORS: dict[str, Door | list[Door]] = {
    "open311-discovery": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-services": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-service": Everybody(args=lambda p, w: (p.cases["submitted"].category.code, XML), ways="get"),
    "open311-requests": Everybody(args=lambda p, w: XML, ways="get"),
    "open311-request": Everybody(args=lambda p, w: (p.cases["submitted"].pk, XML), ways="get"),
    "open311-token": Everybody(args=lambda p, w: (p.cases["submitted"].pk, XML), ways="get"),
}
