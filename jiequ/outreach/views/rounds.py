from django.http import HttpRequest, HttpResponse


def round_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def round_open(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def round_close(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()
