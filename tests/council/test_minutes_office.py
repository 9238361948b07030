"""The minutes' Word files in another program: LibreOffice reads them and makes PDF of them, and no character is lost.

It is slow to start, so every file goes through one start of it. `./test` installs it where it may.
"""

import re
import shutil
import subprocess

import pytest

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.documents.minutes import MinutesNow
from jiequ.council.documents.word import as_word
from jiequ.council.models import Meeting
from tests import make
from tests.council.sitting import evening
from tests.council.test_minutes import texts_of
from tests.printed import words

pytestmark = [pytest.mark.office, pytest.mark.django_db]
TEXT = "txt:Text (encoded):UTF8"


def bare(text: str) -> str:
    """Without what a reader may break lines with."""
    return re.sub(r"\s", "", text.replace("\ufeff", ""))


def convert(to: str, folder, files) -> None:
    """One start of LibreOffice for all files, with a profile of its own."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def sittings():
    """Meetings of every kind whose minutes may look different."""
    yield evening().meeting
    scene = evening(hostile=True)
    minutes = actions.finalise_minutes(scene.meeting, by=scene.room.head)
    actions.add_correction(minutes, by=scene.room.head, text="“路灯”应为<b>九</b>盏䶮𠮷")
    actions.confirm_minutes(minutes, by=scene.room.councillors[0])
    yield scene.meeting
    room = make.room(3)
    meeting = make.meeting(room)
    clock.move_to(meeting.starts_at)
    actions.adjourn_meeting(meeting, by=room.head)
    yield Meeting.objects.select_related("unit", "rule").get(pk=meeting.pk)


def test_libreoffice_reads_the_word_files_and_makes_pdf_of_them_without_losing_a_character(tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("no LibreOffice: sudo apt-get install -y libreoffice-writer-nogui")
    papers = {}
    with clock.stand_at(make.WEDNESDAY):
        for n, meeting in enumerate(sittings()):
            paper = MinutesNow.of(meeting).paper()
            papers[tmp_path / f"{n}.docx"] = paper
            (tmp_path / f"{n}.docx").write_bytes(as_word(paper))
    assert len(papers) == 3
    convert(TEXT, tmp_path, papers)
    convert("pdf", tmp_path, papers)
    for file, paper in papers.items():
        written = bare("".join(texts_of(file.read_bytes())))
        assert written == bare("".join(paper.texts()))
        assert bare(file.with_suffix(".txt").read_text()) == written
        assert set(written) - set(words(file.with_suffix(".pdf").read_bytes())) == set()
