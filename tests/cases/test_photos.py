"""Photos of cases, as people and as others send them: cleaned or refused in words, kept encrypted, shown to few."""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from jiequ.cases.actions.photos import EACH, fetch_photo, keep_photos, remove_photo
from jiequ.cases.models import Case, CasePhoto
from jiequ.core import clock, files
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.core.pictures import Picture, is_bare
from tests import make

pytestmark = pytest.mark.django_db
CANARY = b"CANARY-22.7123N-114.0456E"
WORDS = "楼道灯坏了三天，晚上看不清。"


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[make.Street]:
    cache.clear()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with clock.stand_at(make.WEDNESDAY):
        yield make.street()


def photographed(size: tuple[int, int] = (2000, 1500)) -> bytes:
    """As a phone makes it, with its place in the notes."""
    notes = Image.Exif()
    notes[0x010F] = CANARY.decode()
    notes.get_ifd(0x8825).update({1: "N", 2: (22.0, 42.0, 44.3), 3: "E", 4: (114.0, 2.0, 44.2)})
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, "JPEG", exif=notes, comment=CANARY)
    assert out.getvalue().count(CANARY) == 2
    return out.getvalue()


def file(content: bytes, name: str = "IMG_0001.jpg", claimed: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=claimed)


def send(at: make.Street, *photos: SimpleUploadedFile, **more: Any) -> Any:
    client = Client(raise_request_exception=False)
    where = reverse("public-case-new", args=[at.block.code])
    return client.post(where, {"body": WORDS, "photos": list(photos), **more})


def signed_in(who: Any) -> Client:
    client = Client()
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def lying_about(since: float) -> list[str]:
    """Files under JIEQU_HOME or the temporary folder that anybody could read: a picture, or a word of ours."""
    found = []
    for place in (settings.HOME, Path(tempfile.gettempdir())):
        for path in place.rglob("*"):
            if path.is_file() and path.stat().st_mtime >= since - 1:
                content = path.read_bytes()
                # not FF D8 FF alone: what is encrypted holds any three bytes sooner or later
                if any(
                    sign in content for sign in (CANARY, WORDS.encode(), b"\xff\xd8\xff\xe0\x00\x10JFIF", b"Exif\0\0")
                ):
                    found.append(str(path))
    return found


def test_a_photo_comes_in_without_its_place_and_lies_encrypted(at: make.Street) -> None:
    began = time.time()
    assert send(at, file(photographed())).status_code == 302
    photo = CasePhoto.objects.get()
    content = fetch_photo(photo)
    assert is_bare(content) and CANARY not in content
    assert (photo.width, photo.height, photo.size) == (1600, 1200, len(content))
    stored = (settings.HOME / "files" / str(photo.pk)).read_bytes()
    assert len(stored) > len(content) and stored[:3] != b"\xff\xd8\xff"
    assert [path for path in lying_about(began) if "sqlite" not in path] == []
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("index.html", "<script>1</script>")
    return out.getvalue()


HOSTILE = [
    (b"", "空的"),
    (b"GIF89a" + CANARY, "GIF"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + CANARY + b"</svg>", "不是照片"),
    (b"\x00\x00\x00\x18ftypheic" + CANARY, "HEIC"),
    (b"\xff\xd8\xff\xe0" + CANARY, "打不开"),
    (b"PK\x03\x04" + CANARY, "不是照片"),
    (b"%PDF-1.7\n" + CANARY + b"\n%%EOF", "不是照片"),
    (b"\x7fELF" + CANARY, "不是照片"),
]


@pytest.mark.parametrize(("content", "word"), HOSTILE)
def test_what_is_no_photo_is_refused_on_the_form_with_what_was_typed(
    at: make.Street, content: bytes, word: str
) -> None:
    began = time.time()
    answer = send(at, file(photographed((40, 30))), file(content, "照片.jpg"), place="二楼")
    page = answer.content.decode()
    assert answer.status_code in {200, 422}
    assert "第 2 张照片" in page and word in page
    assert WORDS in page and "二楼" in page
    assert (Case.objects.count(), CasePhoto.objects.count()) == (0, 0)
    assert [path for path in lying_about(began) if "sqlite" not in path] == []


def test_a_photo_with_an_archive_behind_it_is_refused_and_with_a_script_behind_it_cleaned(at: make.Street) -> None:
    assert "夹带" in send(at, file(photographed() + packed())).content.decode()
    assert send(at, file(photographed() + b"<script>alert(1)</script>", "a.html", "text/html")).status_code == 302
    assert b"script" not in fetch_photo(CasePhoto.objects.get())


def test_forty_files_are_too_many_and_a_thousand_are_no_error(at: make.Street) -> None:
    small = photographed((8, 8))
    page = send(at, *[file(small) for _ in range(40)])
    assert "40 张" in page.content.decode() and WORDS in page.content.decode()
    assert send(at, *[file(b"x") for _ in range(1000)]).status_code == 400
    assert Case.objects.count() == 0


class Sent(io.RawIOBase):
    """A body that is made while it is read: a form with words, and a photo of `size` bytes."""

    def __init__(self, size: int) -> None:
        part = "--xx\r\nContent-Disposition: form-data; name="
        self.head = (
            f'{part}"body"\r\n\r\n{WORDS}\r\n{part}"photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        self.parts = [self.head.encode() + b"\xff\xd8\xff", b"\r\n--xx--\r\n"]
        self.left, self.read_so_far = size, 0
        self.length = sum(map(len, self.parts)) + size

    def read(self, most: int = -1) -> bytes:
        most = 65536 if most < 0 else most
        if self.parts and len(self.parts) == 2:
            given = self.parts[0][:most]
            self.parts[0] = self.parts[0][most:]
            if not self.parts[0]:
                self.parts.pop(0)
        elif self.left:
            given = bytes(min(most, self.left))
            self.left -= len(given)
        else:
            given, self.parts = (self.parts[0] if self.parts else b""), []
        self.read_so_far += len(given)
        return given


def stream(at: make.Street, size: int) -> tuple[Any, Sent]:
    body = Sent(size)
    answer = Client(raise_request_exception=False).generic(
        "POST", reverse("public-case-new", args=[at.block.code]), b"",
        CONTENT_TYPE="multipart/form-data; boundary=xx", CONTENT_LENGTH=str(body.length), **{"wsgi.input": body},
    )  # fmt: skip
    return answer, body


def test_two_hundred_megabytes_are_let_go_and_the_form_says_so(at: make.Street) -> None:
    began = time.time()
    answer, body = stream(at, 200_000_000)
    assert (answer.status_code, body.read_so_far) == (200, body.length)
    assert answer.status_code in {200, 422}
    assert "第 1 张照片太大" in answer.content.decode() and WORDS in answer.content.decode()
    assert [path for path in lying_about(began) if "sqlite" not in path] == []


def test_what_announces_more_than_that_is_not_read_at_all(at: make.Street) -> None:
    answer, body = stream(at, 300_000_000)
    assert (answer.status_code, body.read_so_far) == (413, 0)


def test_a_name_that_leads_elsewhere_leads_nowhere(at: make.Street) -> None:
    for name in ("../../../etc/passwd", "/proc/self/environ", "x\n.jpg", "照片.jpg -> /etc/shadow", "a" * 3000):
        assert send(at, file(photographed((8, 8)), name), body=f"{WORDS}{name[:9]}").status_code in {200, 302}
    assert all((settings.HOME / "files" / str(p.pk)).is_file() for p in CasePhoto.objects.all())
    assert not [p for p in (settings.HOME / "files").iterdir() if not p.name.isdecimal()]


# --- who sees them ---------------------------------------------------------------------------------------------------


@pytest.fixture
def case(at: make.Street) -> Case:
    return make.case(at, photos=[Picture(photographed((640, 480)), 640, 480)])[0]


def test_a_photo_is_shown_inline_and_kept_by_nobody(at: make.Street, case: Case) -> None:
    photo = case.photos.get()
    answer = signed_in(at.head).get(reverse("case-photo", args=[photo.pk]))
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        200,
        "image/jpeg",
        "nosniff",
    )
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("inline") and answer["Content-Disposition"].endswith('.jpg"')
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    small = signed_in(at.head).get(reverse("case-photo", args=[photo.pk]) + "?small")
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.size == (320, 240)
    assert is_bare(small.content)


def test_who_does_not_see_the_case_does_not_see_its_photos(at: make.Street, case: Case) -> None:
    where = reverse("case-photo", args=[case.photos.get().pk])
    stranger = make.account("head", make.unit("block"))
    assert signed_in(stranger).get(where).status_code == 404
    assert signed_in(at.worker).get(where).status_code == 404
    assert Client().get(where).status_code in {302, 404}
    Case.objects.filter(pk=case.pk).update(complained_of=at.head.person)
    assert signed_in(at.head).get(where).status_code == 404
    assert signed_in(at.chief).get(where).status_code == 200


def test_a_photo_whose_file_is_lost_or_another_ones_is_not_found(at: make.Street, case: Case) -> None:
    photo = case.photos.get()
    place = settings.HOME / "files"
    (other,) = keep_photos(case, [Picture(b"other", 1, 1)], by=PUBLIC)
    (place / str(photo.pk)).write_bytes((place / str(other.pk)).read_bytes())
    assert signed_in(at.head).get(reverse("case-photo", args=[photo.pk])).status_code == 404
    (place / str(photo.pk)).unlink()
    assert signed_in(at.head).get(reverse("case-photo", args=[photo.pk])).status_code == 404
    files.drop([other.pk])


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_shows_too_much_is_taken_away_with_its_file(at: make.Street) -> None:
    case, _secret = make.case(at, photos=[Picture(photographed((8, 8)), 8, 8)])
    photo = case.photos.get()
    with pytest.raises(NotAllowed):
        remove_photo(photo, by=at.worker)
    where = reverse("case-photo-remove", args=[photo.pk])
    assert signed_in(at.head).get(where).status_code == 405
    assert signed_in(at.head).post(where).status_code == 302
    assert not CasePhoto.objects.exists()
    assert not (settings.HOME / "files" / str(photo.pk)).exists()
    entry = JournalEntry.objects.about(case).order_by("-pk")[0]
    assert (entry.verb, entry.facts["photo"]) == ("remove_photo", photo.pk)
    with pytest.raises(Overtaken):
        remove_photo(photo, by=at.head)


def test_a_case_takes_no_more_photos_than_it_may(at: make.Street, case: Case) -> None:
    from jiequ.cases.models import CaseMessage

    message = CaseMessage(case=case, kind="from", text="看", said_at=clock.now())
    message.save(force_insert=True)
    keep_photos(case, [Picture(b"x", 1, 1)] * (EACH - 1), by=PUBLIC, message=message)
    with pytest.raises(Refused):
        keep_photos(case, [Picture(b"x", 1, 1)], by=PUBLIC, message=message)
    assert case.photos.count() == EACH


def test_photos_cost_one_statement_however_many(at: make.Street, case: Case, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        keep_photos(case, [Picture(b"x", 1, 1)] * 6, by=PUBLIC)
