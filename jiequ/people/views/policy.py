"""Who may do what: generated from roles.py and from every Flow, so that it cannot differ from what the product does."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiequ.core.flow import Flow
from jiequ.core.permission import PUBLIC, NotAllowed
from jiequ.people.roles import HOUSES, PERMISSIONS, ROLES
from jiequ.territory.models import Unit


def policy(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.holds_anywhere("overview.see_policy"):
        raise NotAllowed(_("权限总表由街道治理专班和系统管理员查看。"))
    groups = [
        {
            "label": label,
            "rows": [
                {
                    "code": code,
                    "label": words,
                    "held": [code in role.permissions for role in ROLES.values()],
                    "public": code in PUBLIC.permissions,
                }
                for code, words in PERMISSIONS.items()
                if code.startswith(f"{house}.")
            ],
        }
        for house, label in HOUSES.items()
    ]
    flows = [
        {
            "label": _kind_label(flow),
            "moves": [
                {
                    "label": move.label,
                    "sources": [flow.states(s).label for s in flow.states.values if s in move.sources],
                    "target": flow.states(move.target).label,
                    "by_machine": move.by_machine,
                    "may": PERMISSIONS.get(move.may, move.may),
                    "roles": [r.label for r in ROLES.values() if move.may in r.permissions],
                    "public": move.may in PUBLIC.permissions,
                }
                for move in flow.moves.values()
            ],
        }
        for flow in Flow.register.values()
    ]
    roles = [{"role": role, "kind": Unit.Kind(role.kind).label} for role in ROLES.values()]
    return render(request, "people/policy.html", {"here": "people", "roles": roles, "groups": groups, "flows": flows})


def _kind_label(flow: Flow) -> Any:
    return apps.get_model(flow.kind)._meta.verbose_name
