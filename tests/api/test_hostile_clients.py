"""An unknown or hostile client: every answer is an Open311 body within a bound of time, nothing is filed, and no flood gets through."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.api.open311 import pace
from jiequ.api.open311.arguments import BODY_LIMIT, coordinate, moment
from jiequ.cases.models import Case
from jiequ.core import clock
from tests import make
from tests.api.client import FORM, TYPES, V2, Ground, ground, post, read

pytestmark = pytest.mark.django_db
ALLOWED = {200, 400, 403, 404, 405, 413, 429}
SLOW = 1.0  # seconds of this process; most of these take a few milliseconds


@pytest.fixture
def town() -> Iterator[Ground]:
    with clock.stand_at(make.WEDNESDAY):
        yield ground()


def is_a_body(response: Any) -> int:
    """The status; the body is read as a client would."""
    assert response.status_code in ALLOWED, (response.status_code, response.content[:300])
    form = next(form for form, kind in TYPES.items() if kind == response.headers["Content-Type"])
    rows = read(response, form)
    if response.status_code >= 400:
        assert rows and rows[0]["code"] == str(response.status_code)
    return response.status_code


def ask(path: str, query: str = "") -> int:
    pace.forget()
    began = time.process_time()
    status = is_a_body(Client().get(f"{V2}/{path}", QUERY_STRING=query))
    assert time.process_time() - began < SLOW
    return status


DATES = [
    "0000-01-01", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B14:00", "2021-02-30",
    "2021-12-01T25:00:00Z", "2021-12-01T23:59:60Z", "2021-12-01T00:00:00%2B99:99", "2021-12-01T00:00:00 CEST", "1e9",
    "²⁰²¹-12-01", "２０２１-12-01", "-1", "2021-12-01T00:00:00.", "2021-W48-3", "%00", "' OR 1=1 --",
]  # fmt: skip
NUMBERS = [
    "-1", "0", "1e9", "1000000000", "9" * 400, "NaN", "inf", "-Infinity", "1e308", "²", "１", "0x10", "1.5", "", " ", "%00", "+",
]  # fmt: skip
QUERIES = [
    *[f"start_date={quote(d, safe='%')}" for d in DATES],
    *[f"end_date={quote(d, safe='%')}" for d in DATES],
    *[f"page={quote(n, safe='%')}" for n in NUMBERS],
    *[f"page_size={quote(n, safe='%')}" for n in NUMBERS],
    *[f"bbox={quote(n, safe='%')},22,115,23" for n in NUMBERS],
    *[f"service_request_id={quote(n, safe='%')}" for n in NUMBERS],
    f"page={10**6 - 1}&page_size=1000",
    "bbox=" + "1," * 5000,
    "service_request_id=" + ",".join(str(n) for n in range(1000)),
    "service_request_id=" + ",".join(str(n) for n in range(1_000_000)),
    "service_code=" + ",".join(f"c{n}" for n in range(50_000)),
    "status=" + "open," * 5000,
    "status=open&status=closed",
    "page=1&page=2",
    "&".join(f"a{n}=1" for n in range(400)),
    "&".join(f"a{n}=1" for n in range(5000)),
    "%ff%fe=%ff",
    "service_code=%E4%B8",
    "service_code=\udcff",
    "=&&==&;;&%&%zz",
    "jurisdiction_id=" + "x" * 5000,
    "service_request_id=" + "9" * 30_000,
]


@pytest.mark.parametrize("n", range(0, len(QUERIES), 12))
def test_no_query_breaks_a_list(town: Ground, n: int) -> None:
    for query in QUERIES[n : n + 12]:
        for form in ("xml", "json"):
            assert ask(f"requests.{form}", query) in {200, 400, 404}, query


PARTS = [
    "%00", "%ff", "..%2f..%2fetc%2fpasswd", "a" * 5000, "-1", "0", "9" * 30, "１２３", "诉求", "<script>", "%0a", "{{x}}", "%25",
    "a.b.c", "1.", "1%2E", ";", "null", "%E2%80%AE", "&amp;",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_no_path_breaks_an_answer(town: Ground, part: str) -> None:
    for path in (
        f"services/{part}.xml",
        f"requests/{part}.json",
        f"tokens/{part}.xml",
        f"services.{part}",
        f"{part}.json",
        part,
    ):
        assert ask(path) in {400, 404}, path


BAD: dict[str, tuple[bytes, str]] = {
    "random bytes": (random.Random(1).randbytes(2000), FORM),
    "no UTF-8": (b"description=%D6%D0%CE%C4&x=" + "中".encode("gbk"), FORM),
    "another charset": ("description=中文".encode("gbk"), f"{FORM}; charset=gbk"),
    "an unknown charset": (b"description=x", f"{FORM}; charset=nonsense"),
    "octets": (random.Random(2).randbytes(2000), "application/octet-stream"),
    "json": (b'{"api_key": {"$ne": null}}', "application/json"),
    "xml bomb": (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "text/xml"),
    "no content type": (b"a=b", ""),
    "a content type that is none": (b"a=b", "///;;=;"),
    "parts without end": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1", "multipart/form-data; boundary=x"),
    "parts without boundary": (b"--x\r\n", "multipart/form-data"),
    "parts that are no UTF-8": (
        b"--x\r\nContent-Disposition: form-data; name=description\r\n\r\n\xd6\xd0\r\n--x--\r\n", "multipart/form-data; boundary=x",
    ),
    "many fields": ("&".join(f"f{n}=1" for n in range(10_000)).encode(), FORM),
    "many parts": (
        b"".join(b"--x\r\nContent-Disposition: form-data; name=a%d\r\n\r\n1\r\n" % n for n in range(3000)) + b"--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "one field a thousand times": (b"&".join([b"api_key=x"] * 1000), FORM),
    "three megabytes": (b"description=" + b"x" * 3_000_000, FORM),
    "deep names": (b"attribute" + b"[a]" * 20_000 + b"=1", FORM),
    "nothing": (b"", FORM),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_no_body_breaks_a_post(town: Ground, kind: str, form: str) -> None:
    body, content_type = BAD[kind]
    began = time.process_time()
    status = is_a_body(Client().generic("POST", f"{V2}/requests.{form}", body, content_type))
    assert status in {400, 403, 413} and time.process_time() - began < SLOW
    assert Case.objects.count() == 0


VALUES = [
    *NUMBERS, "x\x00y", "长" * 4001, "\ufffd", "\u202e\ufeff\u200b", "<script>alert(1)</script>", "'; DROP TABLE cases_case; --",
    "{{ x }}%(x)s%s%n", "\r\n\r\nSet-Cookie: a=b", "http://169.254.169.254/", "file:///etc/passwd",
]  # fmt: skip
FIELDS = [
    "service_code", "lat", "long", "address_string", "address_id", "description", "email", "first_name", "last_name", "phone",
    "device_id", "account_id", "media_url", "jurisdiction_id", "attribute[FLOOR]", "attribute[WHEN][]", "attribute[LAMPS]",
    "attribute[]", "attribute[[FLOOR]]", "attribute[FLOOR][][]", "attribute", "unknown",
]  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_no_value_of_a_good_key_breaks_a_post(town: Ground, name: str) -> None:
    good = {
        "api_key": town.text, "service_code": "lamps", "lat": "22.701", "long": "114.001", "attribute[FLOOR]": "1",
        "description": "灯不亮。",
    }  # fmt: skip
    for value in VALUES:
        pace.forget()
        status = is_a_body(post("json", good | {name: value.replace("%00", "\x00")}))
        assert status in {200, 400, 404}, value
    for case in Case.objects.all():
        assert "\x00" not in case.body and len(case.body) <= 4000


def test_nobody_fetches_a_media_url(town: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    fields = {"api_key": town.text, "service_code": "refuse", "address_id": town.building.code}
    response = post("json", fields | {"media_url": "http://127.0.0.1:1/a.jpg"})
    assert "media_url没有保存" in response.json()[0]["service_notice"]
    assert "media_url" not in post("json", fields).json()[0]["service_notice"]


class Flood(io.RawIOBase):
    """A body that must not be read."""

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("length", [BODY_LIMIT + 1, 100_000_000, 10**30])
def test_a_body_over_the_limit_is_refused_before_it_is_read(town: Ground, length: int) -> None:
    for kind in (FORM, "multipart/form-data; boundary=x"):
        response = Client().generic(
            "POST", f"{V2}/requests.xml", b"", content_type=kind, CONTENT_LENGTH=str(length), **{"wsgi.input": Flood()}
        )
        assert is_a_body(response) == 413


def test_a_body_of_unknown_length_is_asked_for_its_length(town: Ground) -> None:
    response = Client().generic(
        "POST", f"{V2}/requests.json", b"", FORM, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"
    )
    assert (response.status_code, response.json()[0]["code"]) == (411, 411)


@pytest.mark.parametrize("what", ["read", "send", "guess", "key"])
def test_a_flood_is_told_to_wait_and_keeps_nothing_of_itself(
    town: Ground, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jiequ.api.open311.views.READS", 5)
    monkeypatch.setattr("jiequ.api.open311.views.SENDS", 5 if what == "send" else 500)
    monkeypatch.setattr("jiequ.api.open311.bringing.GUESSES", 5)
    monkeypatch.setattr("jiequ.api.open311.bringing.KEY_SENDS", 5)
    fields = {
        "read": None, "send": {"service_code": "x"}, "guess": {"api_key": "wrong"}, "key": {"api_key": town.text}
    }[what]  # fmt: skip
    pace.forget()
    size = len(pace._counts)
    statuses = []
    for n in range(8):
        # a key's allowance counts from everywhere, the others are of one address
        address = f"10.0.0.{n}" if what == "key" else "10.0.0.1"
        path = f"{V2}/services.json" if fields is None else f"{V2}/requests.json"
        client = Client(REMOTE_ADDR=address)
        response = client.get(path) if fields is None else client.post(path, fields)
        statuses.append(is_a_body(response))
    assert statuses[:5] == [{"read": 200, "send": 403, "guess": 403, "key": 400}[what]] * 5
    assert statuses[5:] == [429] * 3
    assert 0 < int(response.headers["Retry-After"]) <= pace.WINDOW
    assert len(pace._counts) == size == pace.SLOTS
    elsewhere = Client(REMOTE_ADDR="10.9.9.9")
    if what in {"read", "send"}:
        assert (elsewhere.get(path) if fields is None else elsewhere.post(path, fields)).status_code != 429


def test_a_long_list_counts_as_several_readings(town: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jiequ.api.open311.listing.rows_of", lambda *args: [{"service_request_id": "1"}] * 1000)
    pace.forget()
    statuses = [is_a_body(Client().get(f"{V2}/requests.json")) for _ in range(pace.READS // 11 + 2)]
    assert statuses == [200] * (pace.READS // 11 + 1) + [429]


def test_the_network_of_one_customer_is_one_caller(settings: Any, rf: Any) -> None:
    for one, other, same in (
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("nonsense", "nonsense", True),
    ):
        first, second = (pace.address_of(rf.get("/", REMOTE_ADDR=a)) for a in (one, other))
        assert (first == second) is same
    settings.BEHIND_PROXY = True
    assert pace.address_of(rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 9.9.9.9"})) == "9.9.9.9"


def test_a_fault_of_ours_is_an_error_body_too(town: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret of ours")

    monkeypatch.setattr("jiequ.api.open311.listing.rows_of", broken)
    for form, kind in TYPES.items():
        response = Client(raise_request_exception=False).get(f"{V2}/requests.{form}")
        assert (response.status_code, response.headers["Content-Type"]) == (500, kind)
        assert b"secret" not in response.content and read(response, form)[0]["code"] == "500"


def test_a_foreign_host_name_gets_an_error_body(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["jiequ.example"]
    response = Client(raise_request_exception=False).get(f"{V2}/discovery.json", headers={"host": "evil.example"})
    assert response.status_code == 400 and "evil" not in response.content.decode()


MACHINE = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY = st.text(max_size=60)


@MACHINE
@given(
    st.dictionaries(
        st.sampled_from(["start_date", "end_date", "status", "page", "page_size", "bbox", "service_code"]), ANY
    )
)
def test_whatever_stands_in_a_query_is_answered(town: Ground, query: dict[str, str]) -> None:
    text = "&".join(f"{key}={quote_plus(value, errors='surrogatepass')}" for key, value in query.items())
    assert ask("requests.json", text) in {200, 400, 404}


@MACHINE
@given(st.binary(max_size=200))
def test_whatever_bytes_are_posted_are_answered(town: Ground, body: bytes) -> None:
    pace.forget()
    assert is_a_body(Client().generic("POST", f"{V2}/requests.xml", body, FORM)) in {400, 403}


@MACHINE
@given(st.one_of(ANY, st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)", fullmatch=True)))
def test_a_date_is_a_moment_of_our_time_or_nothing(text: str) -> None:
    for ends in (False, True):
        read_as = moment(text, ends=ends)
        assert read_as is None or (read_as.tzinfo is not None and 1899 <= read_as.year <= 2200)


@MACHINE
@given(st.one_of(ANY, st.floats().map(str)))
def test_a_coordinate_is_on_the_globe_or_nothing(text: str) -> None:
    value = coordinate(text, 90)
    assert value is None or -90 <= value <= 90
