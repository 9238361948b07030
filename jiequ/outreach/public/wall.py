from django.http import HttpRequest, HttpResponse


def wish_wall(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def public_wishes(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()
