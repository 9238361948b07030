"""Whatever refuses an Open311 request on its way — too large a body, a NUL in the address, a fault of ours — the client gets
an error body in its own format, and no page of ours."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jiequ.api.open311.answers import CONTENT_TYPES
from jiequ.api.open311.errors import Fault, say


class ErrorsAreBodies:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith("/open311/") or response.status_code < 400:
            return response
        if response.headers.get("Content-Type") in CONTENT_TYPES.values():
            return response
        return say(request, Fault(response.status_code, _says(response.status_code)))


def _says(status: int) -> str:
    if status == 404:
        return _("没有这个地址。")
    if status == 413:
        return _("请求内容太大。")
    if status >= 500:
        return _("服务器出错了，请稍后再试。")
    return _("请求读不出来，请检查后再发。")
