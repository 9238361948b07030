"""Bodies in both formats, from one value: rows of fields in the order of the specification.

XML: a declaration, no namespaces, the list's name around the items' name. JSON (the "Spark" mapping): the outer list element
disappears, lists stay lists even with one item, an empty element is null.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
#: What an item of a list is called in XML.
ITEM = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
READING = "GET, HEAD, OPTIONS"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ESCAPED = re.compile("[&<>\r]")


def format_of(path: str) -> str:
    """The format that an address asks for; XML, which everybody must read, where it asks for none that we know."""
    return "json" if path.casefold().endswith(".json") else "xml"


def answer(request: HttpRequest, root: str, value: Any, *, form: str, status: int = 200) -> HttpResponse:
    """`value` (a list of rows, or one row) under the XML root `root`."""
    text = as_json(value) if form == "json" else as_xml(root, value)
    response = HttpResponse(text.encode(), status=status)
    response["Content-Type"] = CONTENT_TYPES[form]
    response["Cache-Control"] = "no-cache"
    return open_to_readers(request, response)


def open_to_readers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Pages of other sites may read what is public. Not the answer of a POST: a key has no place in a page."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def as_json(value: Any) -> str:
    return json.dumps(_spark(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _spark(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spark(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spark(each) for each in value]
    if isinstance(value, str):
        return clean(value) or None
    return value


def as_xml(root: str, value: Any) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, value)}\n'


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inside = "".join(_element(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inside = "".join(_element(ITEM[name], each) for each in value)
    elif isinstance(value, bool):
        inside = "true" if value else "false"
    else:
        inside = "" if value is None else _ESCAPED.sub(lambda found: _ESCAPES[found[0]], clean(str(value)))
    return f"<{name}>{inside}</{name}>" if inside else f"<{name}/>"


def clean(text: str) -> str:
    """Without what XML cannot hold: control characters and halves of characters. In JSON the same."""
    return _NOT_XML.sub("", text)
