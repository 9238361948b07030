"""What a screen draws without a style attribute: the ring of seats as paths of an SVG of 300 by 300."""

from __future__ import annotations

from math import cos, pi, sin

CENTRE, RADIUS, GAP = 150.0, 118.0, 5.0  # the gap beside each seat in units along the ring


def seat_paths(seats: int) -> list[str]:
    """One arc a seat, clockwise from the top."""
    if seats == 1:  # an arc that ends where it begins draws nothing
        return [_arc(0.001, 2 * pi - 0.001)]
    gap = min(GAP, 2 * pi * RADIUS / seats / 4) / RADIUS
    turn = 2 * pi / seats if seats else 0
    return [_arc(n * turn + gap / 1.2, (n + 1) * turn - gap / 1.2) for n in range(seats)]


def need_path(need: int, seats: int) -> str:
    """The line across the ring after the seat that makes the quorum."""
    if not seats or need >= seats:
        return ""
    angle = 2 * pi * need / seats
    return f"M{_point(angle, RADIUS - 22)}L{_point(angle, RADIUS + 26)}"


def _arc(start: float, end: float) -> str:
    large = 1 if end - start > pi else 0
    return f"M{_point(start)}A{RADIUS:g} {RADIUS:g} 0 {large} 1 {_point(end)}"


def _point(angle: float, radius: float = RADIUS) -> str:
    return f"{CENTRE + radius * sin(angle):.1f} {CENTRE - radius * cos(angle):.1f}"
