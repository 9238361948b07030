"""Hostile and broken input at every door: the answer is always a page that says what to do, and nothing is half written.

The pages are read from the URL map, as in tests/test_doors.py, so a new page is in these tests by itself.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry, SheetImport
from jiequ.council.models import Motion
from tests import make, street
from tests.doors import DOORS, IN_QUERY, Door
from tests.street import Street, Who

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"
#: Who gets furthest: between them they hold nearly every permission.
BOLD = ("head", "office", "admin", "councillor")


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Street]:
    with django_db_blocker.unblock(), transaction.atomic(), clock.stand_at(make.WEDNESDAY):
        built = street.build(places=1)
        for who in built.people.values():
            if who.account is not None:
                client = Client()
                client.force_login(who.account, backend=BACKEND)
                who.session = client.cookies["sessionid"].value  # type: ignore[attr-defined]
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(town: Street) -> Iterator[None]:
    """The file has one transaction, and each test its savepoint."""
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def browser(who: Who | None = None, **more: Any) -> Client:
    client = Client(**more)  # an exception in a view is an exception here: a 500 fails by itself
    if who is not None and who.account is not None:
        client.cookies["sessionid"] = who.session  # type: ignore[attr-defined]
    return client


def doors() -> list[Any]:
    found = []
    for name, door in DOORS.items():
        for each in door if isinstance(door, list) else [door]:
            found.append(pytest.param(name, each, id=f"{name}-{each.label}" if each.label else name))
    return found


def address(town: Street, name: str, door: Door, who: Who) -> str:
    args = door.args(town.own, who)
    args = args if isinstance(args, tuple) else (args,)
    return reverse(name, args=args) + (f"?unit={town.own.block.code}" if name in IN_QUERY else "")


def fields_of(client: Client, where: str) -> dict[str, str]:
    """The names of the fields on the form of a page, and what stands in them."""
    page = client.get(where)
    text = page.content.decode() if page.status_code == 200 and not page.streaming else ""
    main = text[text.find("<main") :]
    named = re.findall(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"', main)
    return {n: "" for n in named if n != "csrfmiddlewaretoken"}


NASTY = {
    "nul": "x\x00y",
    "long": "长" * 20_000,
    "control": "\x1b[31m\u202e\ufeff\u200b",
    "surrogate": "\\ud800",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE council_motion; --",
    "template": "{{ request.user }}{% load x %}%(x)s%s",
    "number": "99999999999999999999999999",
    "negative": "-1",
    "fraction": "1e309",
    "digit": "²",
    "day": "9999-99-99T99:99",
    "early": "0001-01-01T00:00",
    "late": "9999-12-31T23:59",
}


@pytest.mark.parametrize(("name", "door"), [d for d in doors() if d.values[1].ways != "get"])
def test_no_form_breaks_whatever_stands_in_its_fields(town: Street, name: str, door: Door) -> None:
    tried = set()
    for role in BOLD:
        who = town.people[role]
        if door.expected(who, town.own, "POST") != "in":
            continue
        client, where = browser(who), address(town, name, door, who)
        fields = fields_of(client, where) if door.ways == "both" else {}
        fields = fields or {
            "person": "",
            "gist": "",
            "yes": "",
            "no": "",
            "abstain": "",
            "objection": "",
            "score": "",
            "username": "",
        }
        for value in NASTY.values():
            data = dict.fromkeys(fields, value)
            with transaction.atomic():
                tried.add(client.post(where, data).status_code)
                transaction.set_rollback(True)
        break
    assert tried, "nobody of BOLD comes in here"
    assert tried <= {200, 302, 400, 403, 404, 409, 422, 429}, tried


#: Every parameter that any page reads, but `unit`, which would end most of them in 404.
QUERY = (
    "view", "state", "before", "q", "role", "person", "from", "to", "period", "open", "of", "show", "tab", "verdict", "kind",
    "category", "whose", "source", "year", "theme", "next",
)  # fmt: skip


@pytest.mark.parametrize(("name", "door"), doors())
def test_no_page_breaks_whatever_stands_in_its_query(town: Street, name: str, door: Door) -> None:
    if door.ways == "post":
        assert browser(town.people["head"]).get(address(town, name, door, town.people["head"])).status_code in {
            302,
            403,
            404,
            405,
        }
        return
    somebody = map(town.people.get, (*BOLD, "secretary"))  # who alone looks at the branch's record
    who = next(w for w in somebody if w is not None and door.expected(w, town.own, "GET") == "in")
    client, where = browser(who), address(town, name, door, who).partition("?")[0]
    for kind, value in NASTY.items():
        units = [{"unit": value}] if kind in {"nul", "long", "sql", "number", "markup"} else []
        for query in (dict.fromkeys(QUERY, value), *units):
            status = client.get(where, query).status_code
            assert status in {200, 302, 400, 403, 404, 409, 422}, (query, status)


@pytest.mark.parametrize(
    "part", ["99999999999999999999", "0", "１２３", "%00", "%ff", "..%2f..%2fetc%2fpasswd", "a" * 5000, "-1", "诉求"]
)
def test_no_page_breaks_whatever_stands_in_its_path(town: Street, part: str) -> None:
    statuses = set()
    for each in street.addresses():
        if ":" in each.name or not each.asks:
            continue
        where = re.sub(r"<[^>]+>", part, each.route)
        for role, ways in (("head", ("get", "post")), ("anonymous", ("get",))):
            for way in ways:
                with transaction.atomic():
                    statuses.add(getattr(browser(town.people[role]), way)(where).status_code)
                    transaction.set_rollback(True)
    assert statuses <= {200, 302, 400, 403, 404, 405, 409, 422}, statuses


BODIES = {
    "random bytes": (random.Random(1).randbytes(2000), "application/x-www-form-urlencoded"),
    "no form at all": (random.Random(2).randbytes(2000), "application/octet-stream"),
    "json": (b'{"title": {"$ne": null}}', "application/json"),
    "multipart without end": (
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
        "multipart/form-data; boundary=x",
    ),
    "multipart without boundary": (b"--x\r\n", "multipart/form-data"),
    "a hundred thousand fields": (
        "&".join(f"f{n}=1" for n in range(100_000)).encode(),
        "application/x-www-form-urlencoded",
    ),
    "three megabytes of text": (b"body=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    "unknown charset": (b"title=x", "application/x-www-form-urlencoded; charset=nonsense"),
    "one field a thousand times": (b"&".join([b"title=x"] * 1000), "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_no_page_breaks_whatever_body_is_sent(town: Street, kind: str) -> None:
    body, content_type = BODIES[kind]
    heavy, who = len(body) > 100_000, town.people["office"]
    asked, statuses = {}, {}
    for name, door in DOORS.items():
        one = door[0] if isinstance(door, list) else door
        if one.ways == "get" or (
            heavy and name not in {"motion-new", "public-propose", "sign-in", "import-new", "unit-boundary"}
        ):
            continue
        asked[name] = address(town, name, one, who)  # some doors make what is behind them
    before = JournalEntry.objects.count()
    for name, where in asked.items():
        with transaction.atomic():
            answer = browser(who, raise_request_exception=False).generic("POST", where, body, content_type)
            transaction.set_rollback(True)
        statuses[name] = answer.status_code
    assert {n: s for n, s in statuses.items() if s not in {200, 302, 400, 403, 404, 409, 413, 415, 422, 429}} == {}
    assert JournalEntry.objects.count() == before
    if heavy:
        assert set(statuses.values()) == {400} or kind.startswith("three"), statuses


class Flood(io.RawIOBase):
    """A body that must not be read."""

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("name", ["import-new", "unit-boundary", "public-propose", "motion-new", "sign-in"])
def test_a_hundred_megabytes_are_refused_in_words_before_they_are_read(town: Street, name: str) -> None:
    door = DOORS[name]
    one = door[0] if isinstance(door, list) else door
    for who in (town.people["office"], town.people["anonymous"]):
        answer = browser(who).generic(
            "POST", address(town, name, one, town.people["office"]), b"", content_type="multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(100_000_000), **{"wsgi.input": Flood()},
        )  # fmt: skip
        assert answer.status_code == 413
        assert "MB" in answer.content.decode() or "太大" in answer.content.decode()


def test_a_file_over_the_limit_whose_length_was_lied_about_is_refused(town: Street, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1000
    file = SimpleUploadedFile("党员.xlsx", b"x" * 5000)
    answer = browser(town.people["office"]).post(reverse("import-new", args=["members"]), {"file": file})
    assert answer.status_code in {413, 422}
    assert not SheetImport.objects.filter(file_name="党员.xlsx", upload__gt=b"").exists()


ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", "\x00//evil.example",
             " //evil.example", "https:evil.example", "/%09/evil.example", "///evil.example"]  # fmt: skip


@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_page_sends_anybody_elsewhere(town: Street, there: str) -> None:
    def lands(answer: Any) -> str:
        return getattr(answer, "url", "")

    somebody = town.people["head"].account
    assert somebody is not None
    signing_in = {"username": somebody.username, "password": make.PASSWORD, "next": there}
    answers = [
        browser().post(reverse("sign-in"), signing_in),
        browser().post(f"{reverse('sign-in')}?next=x", signing_in),
        browser(town.people["head"]).get(reverse("sign-in"), {"next": there}),
        browser(town.people["head"]).get(reverse("second-factor"), {"next": there}),
        browser().get(reverse("look"), {"theme": "dark", "next": there}),
        browser().post(reverse("set-language"), {"language": "en", "next": there}),
        browser(town.people["councillor"]).post(
            reverse("team-leave", args=[town.own.team.pk]), headers={"referer": there}
        ),
    ]
    for answer in answers:
        assert answer.status_code in {200, 302, 400, 404, 409}
        assert not re.match(r"(?i)\s*(https?:|//|\\|/\\|javascript:)", lands(answer).replace("\x00", "")), lands(answer)
        assert "evil.example" not in lands(answer) or lands(answer).startswith(("/sign-in", "/%09", "/second"))


@pytest.mark.parametrize(("name", "door"), [d for d in doors() if d.values[1].ways != "get"])
def test_a_form_from_elsewhere_is_refused(town: Street, name: str, door: Door) -> None:
    who = next(
        (w for w in map(town.people.get, BOLD) if w is not None and door.expected(w, town.own, "POST") == "in"), None
    )
    assert who is not None
    where = address(town, name, door, who)  # some doors make what is behind them
    before = JournalEntry.objects.count()
    answer = browser(who, enforce_csrf_checks=True).post(where, {"reason": "x"})
    assert answer.status_code == 403
    assert JournalEntry.objects.count() == before


def test_a_foreign_host_name_is_not_answered(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["jiequ.example"]
    assert browser().get("/", headers={"host": "jiequ.example"}).status_code == 200
    for host in ("evil.example", "jiequ.example.evil.example", "jiequ.example:x", "evil.example:80@jiequ.example"):
        answer = browser(raise_request_exception=False).get("/", headers={"host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()


def test_the_same_form_sent_twice_does_not_do_it_twice(town: Street) -> None:
    head, motion = town.people["head"], town.own.motions["collected"]
    where = reverse("motion-move", args=[motion.pk, "recommend"])
    data = {"title": motion.title, "category": "facilities", "recommendation": "情况属实。"}
    client = browser(head)
    assert client.post(where, data).status_code == 302
    before = JournalEntry.objects.count()
    again = client.post(where, data)
    assert (again.status_code, JournalEntry.objects.count()) == (200, before)
    assert "待社区审定" in again.content.decode()


def test_a_button_pressed_twice_is_answered_in_words(town: Street) -> None:
    chief, motion = town.people["chief"], town.own.motions["recommended"]
    where, client = reverse("motion-move", args=[motion.pk, "accept"]), browser(chief)
    assert client.post(where).status_code == 302
    before = JournalEntry.objects.count()
    assert client.post(where).status_code == 409
    assert JournalEntry.objects.count() == before


def test_what_a_resident_writes_is_text_wherever_it_is_shown(town: Street) -> None:
    block = town.own.block
    said = "<script>alert(1)</script><b>球场</b>"
    answer = browser().post(reverse("public-propose", args=[block.code]), {"body": said, "name": "<i>张</i>"})
    assert answer.status_code == 302
    motion = Motion.objects.latest("pk")
    for client, where in (
        (browser(), answer.url),
        (browser(town.people["head"]), motion.get_absolute_url()),
        (browser(town.people["head"]), reverse("motions")),
        (browser(town.people["head"]), reverse("home")),
    ):
        text = client.get(where).content.decode()
        assert "<script>alert(1)" not in text
        assert "<b>球场" not in text
        assert "<i>张" not in text


@pytest.mark.parametrize("name", ["home", "privacy", "sign-in", "motions", "public-propose"])
def test_every_answer_carries_the_guards_of_the_browser(town: Street, name: str) -> None:
    args = [town.own.block.code] if name == "public-propose" else []
    answer = browser(town.people["head"] if name == "motions" else None).get(reverse(name, args=args))
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
