"""Notices go out once, without personal data, and a channel that fails is tried again and then given up."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.people import channels
from jiequ.people.actions import deliver_due, mark_notices_read, notify, register_person
from jiequ.people.models import Delivery, Notice
from tests import make
from tests.processes import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


class Robot:
    """A real server in the manner of a group robot; `answers` are given in turn, the last for ever."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str]] = [(200, '{"errcode": 0}')]
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                robot.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = robot.answers.pop(0) if len(robot.answers) > 1 else robot.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def robot(settings: Any) -> Iterator[Robot]:
    robot = Robot()
    settings.WEBHOOK_URL = robot.url
    yield robot
    robot.stop()


def test_nothing_leaves_where_no_channel_is_configured() -> None:
    notify([make.person()], "您有一项新任务")
    assert (Notice.objects.count(), Delivery.objects.count(), deliver_due()) == (1, 0, 0)


def test_telling_a_hundred_costs_what_telling_one_costs(settings: Any) -> None:
    settings.WEBHOOK_URL, settings.EMAIL_HOST = "http://127.0.0.1:9/", "localhost"
    people = [make.person() for _ in range(8)]
    with CaptureQueriesContext(connection) as one:
        notify(people[:1], "开会了")
    with CaptureQueriesContext(connection) as many:
        notify([*people, *people, None, people[0].pk], "开会了")
    assert len(one) == len(many)
    assert Notice.objects.count() == 9


def test_a_message_goes_to_the_robot_once_and_without_personal_data(robot: Robot, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["jiequ.example.cn"]
    head = make.account("head", make.unit("block"), name="王小明")
    Notice.objects.all().delete()
    notify([head.person, make.person()], "您有一个议题待审定", body="提出人：李小红", url="/motions/7/")
    assert Delivery.objects.count() == 1  # whoever has no account there is not reached
    assert [deliver_due(), deliver_due()] == [1, 0]
    assert robot.got == [
        {
            "msgtype": "text",
            "text": {
                "content": "您有一个议题待审定\nhttps://jiequ.example.cn/motions/7/",
                "mentioned_list": [head.username],
            },
        }
    ]
    assert Delivery.objects.get().state == Delivery.State.SENT


@pytest.mark.parametrize(
    ("answer", "reason"), [((500, ""), "500"), ((200, '{"errcode": 93000}'), "93000"), ((200, "no json"), "JSON")]
)
def test_a_failure_is_tried_again_later_and_given_up_after_five(robot: Robot, answer: Any, reason: str) -> None:
    robot.answers = [answer]
    account = make.account("head", make.unit("block"))
    Notice.objects.all().delete()
    notify([account.person], "开会了")
    at = make.WEDNESDAY
    for tries in range(1, 6):
        with clock.stand_at(at):
            assert deliver_due() == 0
            assert deliver_due() == 0  # not due yet: not tried again
        row = Delivery.objects.get()
        assert (row.tries, len(robot.got)) == (tries, tries)
        at = row.next_try_at + timedelta(seconds=1)
    assert row.state == Delivery.State.FAILED
    assert reason in row.error
    with clock.stand_at(at):
        assert deliver_due() == 0
    assert len(robot.got) == 5


def test_it_goes_out_when_the_channel_is_well_again(robot: Robot) -> None:
    robot.answers = [(503, ""), (200, '{"errcode": 0}')]
    account = make.account("head", make.unit("block"))
    Notice.objects.all().delete()
    notify([account.person], "开会了")
    assert deliver_due() == 0
    with clock.stand_at(make.WEDNESDAY + timedelta(minutes=2)):
        assert deliver_due() == 1


def test_a_server_that_is_not_there_is_a_failure_not_a_crash(settings: Any) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as gone:
        settings.WEBHOOK_URL = f"http://127.0.0.1:{gone.server_address[1]}/"
    account = make.account("head", make.unit("block"))
    notify([account.person], "开会了")
    assert deliver_due() == 0
    row = Delivery.objects.get()
    assert (row.state, row.tries) == (Delivery.State.WAITING, 1)
    assert account.username not in row.error


def test_an_e_mail_says_where_to_read_and_nothing_about_anybody(settings: Any) -> None:
    settings.EMAIL_HOST = "localhost"  # the test run keeps the letters in memory
    block = make.unit("block")
    person = register_person("王小明", by=SYSTEM, unit=block, email="someone@example.cn")
    notify([person, make.person()], "您有一个议题待审定", body="提出人：李小红", url="/motions/7/")
    assert deliver_due() == 1
    assert mail.outbox[0].to == ["someone@example.cn"]
    assert "李" not in mail.outbox[0].body + mail.outbox[0].subject
    assert "王" not in mail.outbox[0].body + mail.outbox[0].subject


def test_what_is_about_an_occasion_goes_out_whole_and_is_cut_to_what_the_robot_takes(
    robot: Robot, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["jiequ.example.cn"]
    head = make.account("head", make.unit("block"))
    Notice.objects.all().delete()
    lines = ["时间：10:00", *[f"{n}. 第{n}个议题，" + "很长" * 20 for n in range(1, 40)]]
    notify([head.person], "开会", body="\n".join(lines[:3]), url="/meetings/1/", leaves=True)
    notify([head.person], "开会", body="\n".join(lines), url="/meetings/1/", leaves=True)
    assert deliver_due() == 2
    short, long = sorted((m["text"]["content"] for m in robot.got), key=len)  # of one moment, they go out in no order
    assert short.splitlines() == ["开会", *lines[:3], "https://jiequ.example.cn/meetings/1/"]
    assert 1900 < len(long.encode()) <= channels.MOST
    assert long.splitlines()[-2:] == ["……", "https://jiequ.example.cn/meetings/1/"]
    assert long.splitlines()[1:10] == lines[:9]


def test_an_invitation_is_a_part_of_its_own_whose_type_says_the_method(settings: Any) -> None:
    settings.EMAIL_HOST = "localhost"
    person = register_person("王小明", by=SYSTEM, unit=make.unit("block"), email="someone@example.cn")
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nSUMMARY:第1次\r\nEND:VCALENDAR\r\n"
    notify([person], "取消", body="不用来", leaves=True, calendar=calendar)
    notify([person], "只在站内", body="不出门")
    assert deliver_due() == 2
    first, second = sorted(mail.outbox, key=lambda m: m.subject)
    assert ("不用来" in first.body, "不出门" in second.body, second.attachments) == (True, False, [])
    (part,) = [p for p in first.message().walk() if p.get_content_type() == "text/calendar"]
    assert (part.get_param("method"), part.get_content_charset()) == ("CANCEL", "utf-8")
    assert part.get_payload(decode=True).decode() == calendar


def test_one_marks_only_the_own_notices_read() -> None:
    block = make.unit("block")
    mine, theirs = make.account("head", block), make.account("councillor", block)
    Notice.objects.all().delete()
    notify([mine.person, mine.person_id, theirs.person], "一")
    notify([mine.person, theirs.person], "二")
    assert mark_notices_read(mine, list(Notice.objects.filter(subject="一"))) == 1
    assert mark_notices_read(mine) == 1
    assert mark_notices_read(mine) == 0
    assert Notice.objects.unread().filter(person=theirs.person).count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_send_every_message_once(robot: Robot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEQU_WEBHOOK_URL", robot.url)
    block = make.unit("block")
    people = [make.account("councillor", block).person for _ in range(6)]
    Notice.objects.all().delete()
    for n in range(5):
        notify(people, f"第 {n} 条")
    counted = race(
        """
from jiequ.people import channels
from jiequ.people.actions import deliver_due
with clock.stand_at(moment("2021-12-01 09:00")):
    print(deliver_due())
""",
        tmp_path,
    )
    assert sum(map(int, counted)) == 30
    sent = [(m["text"]["content"], m["text"]["mentioned_list"][0]) for m in robot.got]
    assert (len(sent), len(set(sent))) == (30, 30)
