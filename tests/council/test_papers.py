"""Papers: what they are is read from their bytes, they lie encrypted, and whoever sees the meeting may read them."""

import io
import os
import re
import struct
import time
import zipfile
import zlib

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jiequ.core import clock, files
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.core.writing import write
from jiequ.council import actions
from jiequ.council.models import Paper
from tests import make

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + chunk(b"IEND", b"")
)


def packed(*more, main="word/document.xml", compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, body in (("[Content_Types].xml", "<t/>"), ("_rels/.rels", "<r/>"), (main, "<d/>"), *more):
            made.writestr(name, body)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def room():
    return make.room()


@pytest.fixture
def item(room):
    return make.item(make.meeting(room, noticed=False))


def signed_in(client, who):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def upload(client, item, content, name="报价单.pdf", title=""):
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(reverse("paper-add", args=[item.pk]), {"file": file, "title": title})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPEG, "jpeg"),
        (packed(), "docx"),
        (packed(main="xl/workbook.xml"), "xlsx"),
        ("路灯八盏".encode(), "text"),
        ("路灯八盏".encode("gb18030"), "text"),
        ("\ufeff路灯八盏".encode(), "text"),
    ],
)
def test_a_file_is_what_its_bytes_say(content, code):
    kind, kept = files.read_upload(content)
    assert kind.code == code
    assert kept == ("路灯八盏".encode() if code == "text" else content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (b"x" * (files.LIMIT + 1), "10 MB"),
        (b"MZ\x90\x00\x03" + bytes(300), "只收"),
        (b"GIF89a\x01\x00\x01\x00", "只收"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "另存为 docx"),
        (packed(main="a.txt"), "压缩包"),
        (packed(("word/vbaProject.bin", b"x")), "带宏"),
        (packed(("../../etc/passwd", b"x")), "压缩包"),
        (packed(("/etc/passwd", b"x")), "压缩包"),
        (packed(("word/big.xml", bytes(20_000_000))), "太大"),
        (packed(*[(f"word/{n}.xml", bytes(900_000)) for n in range(120)]), "太大"),
        (packed(*[(f"word/{n}.xml", b"x") for n in range(files.PARTS)]), "太大"),
        (packed(("word/a.xml", b"a"), compression=zipfile.ZIP_LZMA), "太大"),
        (packed()[:-30], "损坏"),
        (PDF + packed(), "夹带"),
        (PDF[:-8], "不完整"),
        (PDF + b"<html><script>alert(1)</script>", "夹带"),
        (PNG + b"<?php", "夹带"),
        (PNG[:-3], "不完整"),
        (JPEG + packed(), "夹带"),
        (b"\xff\xd8\xff\xe0\xff\xff", "不完整"),
        ("前\x00后".encode(), "只收"),
    ],
    ids=lambda v: v if isinstance(v, str) else f"{len(v)}b",
)
def test_hostile_files_are_refused_in_words(content, says):
    with pytest.raises(Refused, match=says) as refused:
        files.read_upload(content)
    assert refused.value.field == "file"


def test_a_part_that_lies_about_its_size_is_refused():
    bomb = bytearray(packed(("word/big.xml", bytes(50_000_000))))
    for found in list(re.finditer(b"word/big.xml", bytes(bomb))):
        # the size stands 8 bytes before the name in the local header, 22 before it in the directory
        for before in (8, 22):
            at = found.start() - before
            if bomb[at : at + 4] == struct.pack("<I", 50_000_000):
                bomb[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(Refused, match="损坏"):
        files.read_upload(bytes(bomb))


def test_on_disk_it_is_encrypted_and_opens_only_for_its_own_row(room, item):
    paper = actions.add_paper(item, by=room.head, title="报价单", content=PDF)
    path = settings.HOME / "files" / str(paper.pk)
    assert b"PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert actions.papers.content_of(paper) == PDF
    other = actions.add_paper(item, by=room.head, title="另一份", content=PNG)
    path.write_bytes((settings.HOME / "files" / str(other.pk)).read_bytes())
    with pytest.raises(Refused, match="损坏"):
        actions.papers.content_of(paper)
    path.unlink()
    with pytest.raises(Refused, match="找不到"):
        actions.papers.content_of(paper)


def test_ten_papers_an_item_and_none_twice(room, item):
    for n in range(10):
        actions.add_paper(item, by=room.head, title=f"第{n}份", content=f"第{n}份".encode())
    with pytest.raises(Refused, match="至多10份"):
        actions.add_paper(item, by=room.head, title="第11份", content=b"eleven")
    assert item.papers.count() == 10
    other = make.item(make.meeting(room, noticed=False))
    actions.add_paper(other, by=room.head, title="一", content=b"a")
    with pytest.raises(Overtaken):
        actions.add_paper(other, by=room.head, title="二", content=b"a")
    assert other.papers.count() == 1


def test_papers_come_until_the_meeting_opens_and_go_until_the_notice(room):
    meeting = make.meeting(room, noticed=False)
    item = make.item(meeting)
    gone = actions.add_paper(item, by=room.head, title="旧报价", content=b"old")
    path = settings.HOME / "files" / str(gone.pk)
    assert path.exists()
    actions.remove_paper(gone, by=room.head)
    assert Paper.objects.count() == 0
    actions.send_notice(meeting, by=room.head)
    late = actions.add_paper(make.item(meeting), by=room.head, title="补充", content=b"more")
    with pytest.raises(Refused, match="公告已发出"):
        actions.remove_paper(late, by=room.head)
    clock.move_to(meeting.starts_at)
    for who in room.councillors:
        actions.sign_in(meeting, who.person, by=who)
    actions.open_meeting(meeting, by=room.head)
    with pytest.raises(Refused):
        actions.add_paper(make.item(meeting), by=room.head, title="迟了", content=b"late")


@pytest.mark.django_db(transaction=True)
def test_a_removed_paper_leaves_no_file_and_an_orphan_is_swept_after_a_day(room, item):
    kept = actions.add_paper(item, by=room.head, title="留下", content=b"kept")
    gone = actions.add_paper(item, by=room.head, title="移走", content=b"gone")
    folder = settings.HOME / "files"
    actions.remove_paper(gone, by=room.head)
    assert not (folder / str(gone.pk)).exists()
    with pytest.raises(ZeroDivisionError), write():
        lost = actions.add_paper(item, by=room.head, title="没成", content=b"lost")
        raise ZeroDivisionError
    orphan = folder / str(lost.pk)
    assert orphan.exists()
    files.sweep()
    assert orphan.exists()
    long_ago = time.time() - files.ORPHANED - 60
    for name in (str(kept.pk), orphan.name):
        os.utime(folder / name, (long_ago, long_ago))
    assert files.sweep() >= 1
    assert (orphan.exists(), (folder / str(kept.pk)).exists()) == (False, True)


def test_a_councillor_adds_no_papers_and_the_secretary_does(room):
    plain, secretary = room.councillors[0], room.councillors[1]
    made = actions.plan_meeting(
        room.block, by=room.head, starts_at=make.moment("2021-12-09 10:00"), place="祠堂",
        motions=[make.motion(room, state="accepted")], secretary=secretary.person,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        actions.add_paper(make.item(made), by=plain, title="报价", content=b"x")
    assert actions.add_paper(make.item(made), by=secretary, title="报价", content=b"x").size == 1


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


def test_a_paper_goes_in_and_comes_out_as_a_download(client, room, item):
    assert upload(signed_in(client, room.head), item, PDF).status_code == 302
    paper = Paper.objects.get()
    answer = signed_in(client, room.councillors[0]).get(reverse("paper", args=[paper.pk]))
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%8A%A5")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    stranger = make.room().councillors[0]
    assert signed_in(client, stranger).get(reverse("paper", args=[paper.pk])).status_code == 404
    client.logout()
    assert client.get(reverse("paper", args=[paper.pk])).status_code == 302


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../../etc/passwd.pdf", "passwd"),
        ("报价\r\nSet-Cookie: a=b.pdf", "报价 Set-Cookie: a=b"),
        ("C:\\桌面\\报价.pdf", "报价"),
        ("表\u202efdp.exe", "表 fdp"),
        ("无尾", "无尾"),
    ],
)
def test_a_hostile_name_is_only_a_title(client, room, item, name, title):
    assert files.clean_title(name) == title
    paper = actions.add_paper(item, by=room.head, title=name, content=PDF)
    header = signed_in(client, room.head).get(reverse("paper", args=[paper.pk]))["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert not re.search(r"[\r\n/\\\u202e]", header)
    assert header.rstrip('"').endswith(".pdf")


def test_a_wrong_file_keeps_the_title_and_says_why(client, room, item):
    answer = upload(signed_in(client, room.head), item, b"MZ\x90\x00", title="三家报价对比")
    text = answer.content.decode()
    assert (answer.status_code, Paper.objects.count()) == (422, 0)
    assert "三家报价对比" in text
    assert "只收" in text


def test_two_hundred_megabytes_are_refused_unread(client, room, item):
    signed_in(client, room.head)
    answer = client.post(
        reverse("paper-add", args=[item.pk]), b"x", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(200_000_000),
    )  # fmt: skip
    assert (answer.status_code, Paper.objects.count()) == (413, 0)


def test_no_upload_waits_on_disk_in_the_clear(client, room, item, monkeypatch):
    """What is let in at all stays in memory: no temporary file of Django's is ever made."""
    import django.core.files.uploadedfile as uploaded

    def never(*args, **kwargs):
        raise AssertionError("a temporary file")

    monkeypatch.setattr(uploaded.TemporaryUploadedFile, "__init__", never)
    body = PDF[:-6] + b"%" + b"x" * 9_000_000 + b"\n%%EOF\n"
    assert upload(signed_in(client, room.head), item, body).status_code == 302
    assert Paper.objects.get().size == len(body)
