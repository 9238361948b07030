"""What the record says about one meeting: one plain dict that everything else is made from.

It is read in twelve statements whatever the meeting's length, holds persons and guests by number only, and is JSON as it
stands: final minutes keep it in `Minutes.content`. Moments are ISO 8601 in UTC. A vote that is open gives away nothing, not even who
has cast; a secret one never names anybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from jiequ.core import clock
from jiequ.council.models import (
    AgendaItem,
    Apology,
    Attendance,
    Ballot,
    Guest,
    Meeting,
    Motion,
    Paper,
    Proxy,
    Recusal,
    Speech,
    Vote,
)
from jiequ.council.models.councils import COUNCIL_ROLES, VOTING_ROLES
from jiequ.people.models import Appointment
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit

VERSION = 1
Content = dict[str, Any]


def record_of(meeting: Meeting, *, remarks: str = "") -> Content:
    """The record of `meeting` as it stands now. `remarks` are what the secretary adds in words of their own."""
    sat_on = clock.day(meeting.opened_at or meeting.starts_at)
    community = Unit.objects.filter(path=meeting.unit.path_at(2)).values_list("name", flat=True).first()
    posts = Appointment.objects.in_force(sat_on).filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
    held = sorted(posts.values_list("role", "pk", "person_id"), key=lambda p: (ROLES[p[0]].rank, p[1]))
    rule = meeting.rule
    return {
        "version": VERSION,
        "meeting": meeting.pk,
        "unit": meeting.unit.name,
        "community": community or "",
        "sequence": meeting.sequence,
        "state": meeting.state,
        "reason": meeting.reason,
        "place": meeting.place,
        "starts_at": _iso(meeting.starts_at),
        "noticed_at": _iso(meeting.noticed_at),
        "opened_at": _iso(meeting.opened_at),
        "closed_at": _iso(meeting.closed_at),
        "chair": meeting.chair_id,
        "secretary": meeting.secretary_id,
        "quorum": [rule.quorum_num, rule.quorum_den, rule.quorum_strict, rule.quorum_minimum],
        "allows_proxies": rule.allows_proxies,
        "posts": [{"person": person, "role": role} for role, _pk, person in held],
        "apologies": list(Apology.objects.filter(meeting=meeting).order_by("pk").values_list("person_id", flat=True)),
        "stays": [
            {"person": person, "votes": votes, "from": _iso(since), "to": _iso(until)}
            for person, votes, since, until in Attendance.objects.filter(meeting=meeting).values_list(
                "person_id", "is_voting", "arrived_at", "left_at"
            )
        ],
        "guests": [
            {"guest": pk, "capacity": capacity, "from": _iso(since), "to": _iso(until)}
            for pk, capacity, since, until in Guest.objects.filter(meeting=meeting).values_list(
                "pk", "capacity", "arrived_at", "left_at"
            )
        ],
        "proxies": [
            {"represented": represented, "acting": acting, "from": _iso(since), "to": _iso(until)}
            for represented, acting, since, until in Proxy.objects.filter(meeting=meeting)
            .order_by("made_at", "pk")
            .values_list("represented_id", "acting_id", "made_at", "ended_at")
        ],
        "items": _items(meeting),
        "remarks": remarks,
    }


def digest_of(content: Content) -> str:
    """SHA-256 over the canonical form: the same on both databases, whatever order they keep keys in."""
    said = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def persons_in(content: Content) -> list[int]:
    """Every person the minutes mention, once, in the order of posts and then of mention."""
    found = [post["person"] for post in content["posts"]]
    found += [content["chair"], content["secretary"], *content["apologies"]]
    found += [stay["person"] for stay in content["stays"]]
    for proxy in content["proxies"]:
        found += [proxy["represented"], proxy["acting"]]
    for item in content["items"]:
        found += [recusal["person"] for recusal in item["recusals"]]
        found += [speech["person"] for speech in item["speeches"]]
        for ballot in item["ballots"]:
            for vote in ballot["votes"]:
                found += [vote["person"], vote["acting"]]
    return list(dict.fromkeys(person for person in found if person is not None))


def council_members(content: Content) -> set[int]:
    """Who sat on the council that day, with a vote or without."""
    return {post["person"] for post in content["posts"]}


def seats_of(content: Content) -> list[int]:
    """Who had a vote (应到), in the order of their posts."""
    return list(dict.fromkeys(post["person"] for post in content["posts"] if post["role"] in VOTING_ROLES))


def came(content: Content) -> list[int]:
    """Who was in the room at some time while the meeting sat, in the order of arrival."""
    opened = content["opened_at"] or ""
    return list(
        dict.fromkeys(stay["person"] for stay in content["stays"] if stay["to"] is None or stay["to"] >= opened)
    )


def standing(item: dict[str, Any]) -> dict[str, Any] | None:
    """The round whose result counts, if there is one."""
    return next((b for b in item["ballots"] if b["closed_at"] and not b["set_aside_at"]), None)


def numbers(content: Content) -> dict[str, Any]:
    """Every number the minutes tell, by itself: for comparing them with the tables, and the files with them."""
    there, seats = set(came(content)), seats_of(content)
    keep = ("round", "kind", "seats", "present", "recused", "yes", "no", "abstain", "need", "outcome")
    return {
        "sequence": content["sequence"],
        "seats": len(seats),
        "came": sum(person in there for person in seats),
        "absent": sum(person not in there for person in seats),
        "apologies": len(content["apologies"]),
        "guests": len(content["guests"]),
        "items": [
            {
                "motion": item["motion"],
                "outcome": item["outcome"],
                "speeches": len(item["speeches"]),
                "recused": sum(r["state"] == Recusal.State.HELD for r in item["recusals"]),
                "ballots": [
                    {**{key: ballot[key] for key in keep}, "stands": not ballot["set_aside_at"]}
                    for ballot in item["ballots"]
                    if ballot["closed_at"]
                ],
            }
            for item in content["items"]
        ],
    }


def _items(meeting: Meeting) -> list[dict[str, Any]]:
    rows = list(
        AgendaItem.objects.filter(meeting=meeting)
        .select_related("motion", "carried_from__meeting")
        .only(
            "position", "minutes", "proposal", "outcome", "opened_at", "closed_at", "meeting_id",
            "motion__year", "motion__sequence", "motion__title", "motion__category", "motion__is_major",
            "motion__budget", "motion__state", "motion__reason", "motion__meeting_id", "carried_from__meeting__sequence",
        )
    )  # fmt: skip
    papers = _by_item(
        (item, {"title": title, "kind": kind, "digest": digest})
        for item, title, kind, digest in Paper.objects.filter(item__meeting=meeting).values_list(
            "item_id", "title", "kind", "digest"
        )
    )
    recusals = _by_item(
        (
            item,
            {
                "person": person,
                "ground": ground,
                "state": state,
                "proposed_by": proposer,
                "from": _iso(decided or made),
            },
        )
        for item, person, ground, state, proposer, made, decided in Recusal.objects.filter(item__meeting=meeting)
        .exclude(state=Recusal.State.WITHDRAWN)
        .order_by("made_at", "pk")
        .values_list("item_id", "person_id", "ground", "state", "proposed_by_id", "made_at", "decided_at")
    )
    speeches = _by_item(
        (
            speech.item_id,
            {
                "person": speech.person_id,
                "order": speech.is_point_of_order,
                "gist": speech.gist,
                "said_at": _iso(speech.said_at),
                "began_at": _iso(speech.began_at),
                "ended_at": _iso(speech.ended_at),
            },
        )
        for speech in Speech.objects.held().filter(item__meeting=meeting)
    )
    ballots = _ballots(meeting)
    return [
        {
            "item": row.pk,
            "motion": row.motion_id,
            "position": row.position,
            "number": row.motion.number,
            "title": row.motion.title,
            "category": row.motion.category,
            "is_major": row.motion.is_major,
            "budget": row.motion.budget,
            "proposal": row.proposal,
            "planned_minutes": row.minutes,
            "opened_at": _iso(row.opened_at),
            "closed_at": _iso(row.closed_at),
            "outcome": row.outcome,
            "reason": row.motion.reason if _is_put_off(row) else "",
            "carried_from": row.carried_from.meeting.sequence if row.carried_from else None,
            "papers": papers.get(row.pk, []),
            "recusals": recusals.get(row.pk, []),
            "speeches": speeches.get(row.pk, []),
            "ballots": ballots.get(row.pk, []),
        }
        for row in sorted(rows, key=lambda row: row.position)
    ]


def _is_put_off(row: AgendaItem) -> bool:
    """The motion's reason is this item's as long as the motion has not gone on."""
    return (
        row.outcome == AgendaItem.Outcome.POSTPONED
        and row.motion.state == Motion.State.POSTPONED
        and row.motion.meeting_id == row.meeting_id
    )


def _ballots(meeting: Meeting) -> dict[int, list[dict[str, Any]]]:
    votes: dict[int, list[dict[str, Any]]] = {}
    named = Vote.objects.filter(ballot__item__meeting=meeting, ballot__closed_at__isnull=False).exclude(choice="")
    for vote in named.exclude(ballot__kind=Ballot.Kind.SECRET).order_by("person_id"):
        acting = vote.acting_id if vote.acting_id != vote.person_id else None
        said = {"person": vote.person_id, "acting": acting, "choice": vote.choice, "counts": vote.is_counted}
        votes.setdefault(vote.ballot_id, []).append({**said, "confirmed_at": _iso(vote.confirmed_at)})
    return _by_item(
        (
            ballot.item_id,
            {
                "ballot": ballot.pk,
                "round": ballot.round,
                "kind": ballot.kind,
                "question": ballot.question,
                "seats": ballot.seats,
                "present": ballot.present,
                "recused": ballot.recused,
                "yes": ballot.yes,
                "no": ballot.no,
                "abstain": ballot.abstain,
                "need": ballot.needed,
                "quorum_need": ballot.quorum_needed,
                "majority": [
                    ballot.majority_num, ballot.majority_den, ballot.majority_strict, ballot.majority_minimum,
                ],
                "opened_at": _iso(ballot.opened_at),
                "closed_at": _iso(ballot.closed_at),
                "outcome": ballot.outcome,
                "set_aside_at": _iso(ballot.set_aside_at),
                "set_aside_reason": ballot.set_aside_reason,
                "votes": votes.get(ballot.pk, []),
            },
        )
        for ballot in Ballot.objects.filter(item__meeting=meeting).order_by("round")
    )  # fmt: skip


def _by_item(rows: Iterable[tuple[int, dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for item, row in rows:
        found.setdefault(item, []).append(row)
    return found


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
