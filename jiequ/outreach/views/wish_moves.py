from django.http import HttpRequest, HttpResponse


def wish_move(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def claim_move(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def case_wish(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()
