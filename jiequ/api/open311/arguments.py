"""Reading what a client sent: the query, and the form of a POST. Everything is UTF-8; an empty argument equals an absent one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from jiequ.api.open311.errors import wrong
from jiequ.core import clock

QUERY_LIMIT = 32_000  # bytes: a thousand ids of nineteen digits, and room
BODY_LIMIT = 200_000  # bytes: 4,000 characters percent-encoded are 36,000, and attributes
FIELDS = 500
LISTED = 1000  # values of one comma list
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"

Pairs = list[tuple[str, str]]


class Arguments:
    """Names and values as they came. A name that takes one value and came with two different ones is an error."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = [(name.strip(), value) for name, value in pairs]

    def one(self, name: str) -> str:
        """The value, stripped; "" where it is absent or empty."""
        found = {value.strip() for key, value in self.pairs if key == name} - {""}
        if len(found) > 1:
            raise wrong(400, _("参数 %(name)s 只能给一次。") % {"name": name})
        return found.pop() if found else ""

    def many(self, name: str) -> list[str]:
        """A comma list, without empty ones and repetitions, in its order."""
        found = [part.strip() for key, value in self.pairs if key == name for part in value.split(",")]
        kept = list(dict.fromkeys(part for part in found if part))
        if len(kept) > LISTED:
            raise wrong(400, _("参数 %(name)s 一次最多%(n)s个。") % {"name": name, "n": LISTED})
        return kept

    def names(self) -> Iterable[str]:
        return dict.fromkeys(name for name, _value in self.pairs)

    def all(self, name: str) -> list[str]:
        """Every value of `name` that is not empty."""
        return [value.strip() for key, value in self.pairs if key == name and value.strip()]


def of_query(request: HttpRequest) -> Arguments:
    query = request.META.get("QUERY_STRING", "")
    if len(query) > QUERY_LIMIT:
        raise wrong(400, _("地址太长，请把一次要查的分成几次。"))
    return Arguments(_pairs(query.encode("latin-1", "replace")))


def of_body(request: HttpRequest) -> Arguments:
    """The form that was posted. Files in it are not looked at."""
    if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
        raise wrong(411, _("请在请求里写明 Content-Length。"))  # a body of unknown length is not read
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        raise wrong(413, _("请求内容超过%(n)sKB。") % {"n": BODY_LIMIT // 1000})
    kind = (request.content_type or FORM).casefold()
    if kind == PARTS:
        return Arguments(_checked(_parts(request)))
    if kind != FORM:
        raise wrong(400, _("请用 %(form)s 发送表单。") % {"form": FORM})
    try:
        return Arguments(_pairs(request.body))
    except UnreadablePostError as error:
        raise wrong(400, _("请求内容没有收全，请重新发送。")) from error


def _parts(request: HttpRequest) -> Pairs:
    request.encoding = "utf-8"
    try:
        return [(name, str(value)) for name, values in request.POST.lists() for value in values]
    except (MultiPartParserError, SuspiciousOperation, BadRequest, UnreadablePostError, ValueError) as error:
        raise wrong(400, _("请求内容读不出来，请检查表单的格式。")) from error


def _pairs(encoded: bytes) -> Pairs:
    try:
        text = encoded.decode("utf-8")
        return _checked(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS))
    except UnicodeDecodeError as error:
        raise wrong(400, _("请求不是UTF-8编码。")) from error
    except ValueError as error:  # parse_qsl's own word for too many
        raise wrong(400, _("参数太多。")) from error


def _checked(pairs: Pairs) -> Pairs:
    if len(pairs) > FIELDS:
        raise wrong(400, _("参数太多。"))
    for pair in pairs:
        for text in pair:
            if "\x00" in text:
                raise wrong(400, _("参数里有不能用的字符。"))
            if "\ufffd" in text:  # what Django's reader of parts puts for bytes that are no UTF-8
                raise wrong(400, _("请求不是UTF-8编码。"))
    return pairs


# ── dates ─────────────────────────────────────────────────

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
#: W3C's note on dates and times: a moment has a zone. A plus that was sent unescaped comes as a space.
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+ -]\d{2}:?\d{2})", re.ASCII)
YEARS = range(1900, 2200)


def moment(text: str, *, ends: bool = False) -> datetime | None:
    """A W3C date or moment; None where it is neither. A day begins at our midnight, and as an end it is taken whole."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            if day.year not in YEARS:
                return None
            return clock.at(day + timedelta(days=1)) - timedelta(microseconds=1) if ends else clock.at(day)
        found = _MOMENT.fullmatch(text)
        if found is None:
            return None
        time = re.sub(r"(\.\d{6})\d+", r"\1", found[2])
        read = datetime.fromisoformat(f"{found[1]}T{time}{found[3].upper().replace(' ', '+')}")
        return read.astimezone(UTC) if read.year in YEARS else None
    except (ValueError, OverflowError):
        return None


def coordinate(text: str, most: float) -> float | None:
    """Degrees between -most and most, in plain decimals; None for anything else (NaN, powers of ten, other digits)."""
    if not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{0,20})?", text, re.ASCII):
        return None
    value = float(text)
    return value if abs(value) <= most else None
