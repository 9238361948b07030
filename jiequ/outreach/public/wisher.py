from django.http import HttpRequest, HttpResponse


def public_wish(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()
