from django.http import HttpRequest, HttpResponse


def wish_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def wish_new(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def wish_page(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def wish_claim(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()
