"""What arrives waits in memory within limits; who sends something large on a slow line leaves the others their pages."""

import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from jiequ.core import middleware, uploads
from jiequ.core.permission import Refused
from jiequ.core.uploads import InMemory, TooLarge


def arriving(*sizes, held=100, settings=None):
    settings.UPLOAD_HELD = held
    handler, found = InMemory(), []
    for size in sizes:
        handler.new_file("photos", "a.jpg", "image/jpeg", None, None, None)
        for _n in range(size // 10):
            handler.receive_data_chunk(b"x" * 10, 0)
        found.append(handler.file_complete(size))
    return found


def test_what_fits_is_kept_and_what_is_beyond_is_let_go(settings):
    one, two, three = arriving(60, 50, 40, settings=settings)
    assert (type(one), type(two), type(three)) == (InMemoryUploadedFile, TooLarge, InMemoryUploadedFile)
    assert (one.read(), three.read()) == (b"x" * 60, b"x" * 40)
    assert two.size == 50
    with pytest.raises(Refused):
        two.read()


def test_a_file_that_takes_too_long_is_given_up():
    handler = InMemory()
    handler.new_file("photos", "a.jpg", "image/jpeg", None, None, None)
    handler.began -= uploads.PATIENCE + 1
    with pytest.raises(BadRequest):
        handler.receive_data_chunk(b"x", 0)


def test_large_bodies_leave_threads_for_everybody_else():
    waiting, go_on = threading.Semaphore(0), threading.Event()

    def slow(request):
        if request.META["CONTENT_LENGTH"] != "10":
            waiting.release()
            assert go_on.wait(20)
        return HttpResponse("there")

    gate = middleware.BodyWithinLimit(slow)

    def send(length):
        request = RequestFactory().get("/")
        request.META["CONTENT_LENGTH"] = str(length)
        request.session, request.user, request.htmx = {}, SimpleNamespace(is_authenticated=False), False
        return gate(request).status_code

    threads = [threading.Thread(target=send, args=(5_000_000,)) for _n in range(middleware.LARGE_AT_ONCE)]
    for thread in threads:
        thread.start()
    for _thread in threads:
        assert waiting.acquire(timeout=20)
    assert (send(5_000_000), send(10)) == (503, 200)
    go_on.set()
    for thread in threads:
        thread.join()
    assert send(5_000_000) == 200
