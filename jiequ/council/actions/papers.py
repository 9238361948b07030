"""Papers for the items of an agenda (会议材料), and who may prepare a meeting."""

from __future__ import annotations

import hashlib
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from jiequ.core import clock, files
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import touch
from jiequ.council.models import AgendaItem, Meeting, Paper

EACH = 10  # papers an item
BOUND = Paper.file_bound_to


def prepares(by: Actor, meeting: Meeting) -> bool:
    """True if `by` gets `meeting` ready: whoever may plan it, its chair and its secretary."""
    in_charge = by.person_id is not None and by.person_id in (meeting.chair_id, meeting.secretary_id)
    return in_charge or by.may("council.plan_meeting", meeting.unit)


def require_preparing(by: Actor, meeting: Meeting) -> None:
    """NotAllowed unless `by` gets `meeting` ready."""
    if not prepares(by, meeting):
        require(by, "council.plan_meeting", meeting.unit)


@action
def add_paper(item: AgendaItem, *, by: Actor, title: str, content: bytes) -> Paper:
    """Put a paper to an item, until the meeting opens; after the notice it is one more paper, nothing is replaced."""
    meeting = lock(item.meeting)
    require_preparing(by, meeting)
    if meeting.state not in (Meeting.State.PLANNED, Meeting.State.NOTICED):
        raise Refused(_("会议已经开始或结束，不能再加材料。"))
    words = " ".join(title.split())[:80]
    if not words:
        raise Refused(_("请给材料写个名称。"), field="title")
    kind, content = files.read_upload(content)
    mine = list(item.papers.values_list("digest", flat=True))
    if len(mine) >= EACH:
        raise Refused(_("每个议题至多%(n)s份材料，请先移走用不着的。") % {"n": EACH}, field="file")
    digest = hashlib.sha256(content).hexdigest()
    if digest in mine:
        raise Overtaken(_("这份材料已经有了，没有重复添加。"), field="file")
    paper = Paper(
        item=item, title=words, kind=kind.code, size=len(content), digest=digest, added_at=clock.now()
    )  # fmt: skip
    files.keep(paper.pk, content, BOUND)
    paper.save(force_insert=True)
    touch(meeting)
    record("add_paper", meeting, by=by, motion=item.motion_id, paper=paper.pk, kind=kind.code, size=paper.size)
    return paper


@action
def remove_paper(paper: Paper, *, by: Actor) -> None:
    """Take a paper away before the notice goes out; afterwards everybody has been told of it."""
    meeting = lock(paper.item.meeting)
    require_preparing(by, meeting)
    if meeting.state != Meeting.State.PLANNED:
        raise Refused(_("公告已发出，材料不能再移走；有更正的请另加一份。"))
    number = paper.pk
    if not Paper.objects.filter(pk=number).delete()[0]:
        raise Overtaken(_("这份材料已经移走了。"))
    transaction.on_commit(partial(files.drop, [number]))
    touch(meeting)
    record("remove_paper", meeting, by=by, motion=paper.item.motion_id, paper=number)


def content_of(paper: Paper) -> bytes:
    """The paper's content; Refused where the file is lost or damaged."""
    try:
        content = files.fetch(paper.pk, BOUND)
    except (FileNotFoundError, ValueError) as error:
        raise Refused(_("这份材料的文件找不到或已损坏，请找会议记录人重新上传。")) from error
    if hashlib.sha256(content).hexdigest() != paper.digest:
        raise Refused(_("这份材料的文件找不到或已损坏，请找会议记录人重新上传。"))
    return content
