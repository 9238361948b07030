"""A service certificate (服务证明) as PDF, drawn when it is opened and kept nowhere; with a QR code to the page that confirms it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import segno

from jiequ.core import clock
from jiequ.core.typesetting import typeset
from jiequ.outreach.models import Certificate

TEMPLATE = Path(__file__).with_name("certificate.typ")


def as_pdf(certificate: Certificate, *, name: str, issuer: str, address: str) -> bytes:
    """One page. `name` is the volunteer's whole name, `issuer` whose certificate it is, `address` where anybody can check it.
    NoFont where it could not be read."""
    drawn = segno.make(address, error="m", micro=False)
    svg = io.BytesIO()
    drawn.save(svg, kind="svg", xmldecl=False, omitsize=True, border=2, light="#fff", svgclass=None, lineclass=None)
    return typeset(
        TEMPLATE, name=name, issuer=issuer, number=certificate.number, address=address, qr=svg.getvalue().decode(),
        starts=_day(certificate.starts_on), ends=_day(certificate.ends_on), issued=_day(clock.day(certificate.issued_at)),
        hours=plain(certificate.hours), activities=certificate.activities,
    )  # fmt: skip


def plain(hours: object) -> str:
    """12 or 1.5: without a zero that says nothing."""
    return f"{hours:.1f}".removesuffix(".0")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
