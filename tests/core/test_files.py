"""The folder of files belongs to every house together: a sweep of one is no loss of another."""

import os
import time

import pytest
from django.apps import apps
from django.conf import settings

from jiequ.cases.actions.photos import fetch_photo
from jiequ.cases.models import CasePhoto
from jiequ.core import clock, files
from jiequ.core.pictures import Picture
from jiequ.council import actions as council
from tests import make

pytestmark = pytest.mark.django_db


def age(*numbers):
    long_ago = time.time() - files.ORPHANED - 60
    for number in numbers:
        os.utime(settings.HOME / "files" / str(number), (long_ago, long_ago))


def test_a_sweep_keeps_the_files_of_every_house_and_removes_what_is_nobodys():
    with clock.stand_at(make.WEDNESDAY):
        room = make.room()
        paper = council.add_paper(
            make.item(make.meeting(room, noticed=False)), by=room.head, title="报价", content=b"ten"
        )
        case, _secret = make.case(make.street(), photos=[Picture(b"\xff\xd8 jpeg", 4, 3)])
    photo = CasePhoto.objects.get(case=case)
    files.keep(7, b"nobody's", CasePhoto.file_bound_to)
    age(paper.pk, photo.pk, 7)
    assert files.sweep() >= 1
    left = {path.name for path in (settings.HOME / "files").iterdir()}
    assert {str(paper.pk), str(photo.pk)} <= left
    assert "7" not in left
    assert fetch_photo(photo) == b"\xff\xd8 jpeg"


def test_a_file_that_no_model_would_claim_is_not_written():
    with pytest.raises(LookupError):
        files.keep(8, b"x", "nobody.file")
    assert not (settings.HOME / "files" / "8").exists()


def test_what_files_are_bound_to_is_said_once():
    said = [model.file_bound_to for model in apps.get_models() if hasattr(model, "file_bound_to")]
    assert sorted(said) == ["cases_casephoto.file", "council_paper.file"]  # never rename one: its files would not open


def test_a_sweep_of_many_asks_in_parts(django_assert_max_num_queries):
    for number in range(1000, 1600):
        path = settings.HOME / "files" / str(number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    age(*range(1000, 1600))
    with django_assert_max_num_queries(8):
        assert files.sweep() >= 600
