"""Signing in, being locked out, the second factor, sessions that end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.people import actions
from jiequ.people.models import Account
from tests import make

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block", name="石一街区")


@pytest.fixture
def head(block: Any) -> Account:
    return make.account("head", block)


@pytest.fixture
def admin(block: Any) -> Account:
    return make.account("admin", make.above(block, 1))


def sign_in(client: Client, account: Account, password: str = make.PASSWORD, **more: str) -> Any:
    return client.post(SIGN_IN, {"username": account.username, "password": password, **more})


def code(key: str) -> str:
    totp = TOTP(bytes.fromhex(key))
    totp.time = time.time()
    return f"{totp.token():06d}"


def give_factor(account: Account, key: str = "ab" * 20) -> TOTPDevice:
    return TOTPDevice.objects.create(user=account, key=key, confirmed=True, name="totp")


def test_signing_in_opens_my_page_and_leaves_a_line_in_the_journal(client: Client, head: Account) -> None:
    answer = sign_in(client, head, next="/me/")
    assert (answer.status_code, answer.url) == (302, "/me/")
    assert JournalEntry.objects.filter(verb="sign_in", by_id=head.person_id).count() == 1


def test_the_user_name_is_not_case_sensitive(client: Client, head: Account) -> None:
    assert (
        client.post(SIGN_IN, {"username": f" {head.username.upper()} ", "password": make.PASSWORD}).status_code == 302
    )


def test_an_unknown_name_a_wrong_password_and_a_closed_account_get_the_same_words(client: Client, block: Any) -> None:
    closed, open_one = make.account("head", block), make.account("councillor", block)
    actions.close_account(closed, by=SYSTEM)
    said = [
        sign_in(client, closed).context["form"].non_field_errors(),
        sign_in(client, open_one, "wrong password").context["form"].non_field_errors(),
        client.post(SIGN_IN, {"username": "nobody", "password": "x"}).context["form"].non_field_errors(),
    ]
    assert said[0] == said[1] == said[2]
    assert "30 分钟" in said[0][0]


def test_five_failures_lock_the_name_out_in_words_even_with_the_right_password(client: Client, head: Account) -> None:
    for _ in range(4):
        assert sign_in(client, head, "wrong password").status_code == 422
    assert sign_in(client, head, "wrong password").status_code == 429
    answer = sign_in(client, head)
    assert answer.status_code == 429
    text = answer.content.decode()
    assert "30 分钟" in text
    assert "系统管理员" in text
    assert "_auth_user_id" not in client.session


def test_a_name_nobody_has_is_locked_out_in_the_same_way(client: Client) -> None:
    answers = [client.post(SIGN_IN, {"username": "nobody", "password": "wrong"}).status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 429, 429]


def test_a_colleague_at_the_same_address_is_not_locked_out(client: Client, head: Account, block: Any) -> None:
    other = make.account("councillor", block)
    for _ in range(6):
        sign_in(client, head, "wrong password")
    assert sign_in(client, other).status_code == 302


def test_a_reset_password_unlocks_and_must_be_changed_first(client: Client, head: Account, admin: Account) -> None:
    for _ in range(5):
        sign_in(client, head, "wrong password")
    once = actions.reset_password(head, by=admin)
    assert sign_in(client, head, once).status_code == 302
    answer = client.get(reverse("me"))
    assert (answer.status_code, answer.url) == (302, reverse("change-password"))
    answer = client.post(
        reverse("change-password"), {"old": once, "new": "a new one 2021!", "again": "a new one 2021!"}
    )
    assert (answer.status_code, answer.url) == (302, reverse("me"))
    assert client.get(reverse("my-data")).status_code != 302
    assert once not in "".join(str(e.facts) for e in JournalEntry.objects.all())


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/notices/", "/notices/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_nowhere_outside(client: Client, head: Account, wanted: str, reached: str) -> None:
    assert sign_in(client, head, next=wanted).url == reached


def test_the_session_gets_a_new_key_and_ends_after_eight_hours(client: Client, head: Account) -> None:
    client.get(SIGN_IN)
    client.session.save()
    before = client.session.session_key
    sign_in(client, head)
    session = Session.objects.get(session_key=client.session.session_key)
    assert session.session_key != before
    assert timedelta(hours=7, minutes=59) < session.expire_date - timezone.now() <= timedelta(hours=8)
    assert client.get(reverse("notices-read")).status_code == 405  # signed in: the page answers
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    answer = client.get(reverse("notices-read"))
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/notices/read/")


def test_a_closed_account_is_out_with_the_next_request(client: Client, head: Account) -> None:
    client.force_login(head, backend="jiequ.people.accounts.AccountBackend")
    assert client.get(reverse("notices-read")).status_code == 405
    actions.close_account(head, by=SYSTEM)
    assert client.get(reverse("notices-read")).status_code == 302


def test_an_end_date_ends_access_in_the_browser_that_very_day(client: Client, head: Account) -> None:
    client.force_login(head, backend="jiequ.people.accounts.AccountBackend")
    actions.end_appointment(head.appointments[0], ends_on=date(2021, 12, 2), by=SYSTEM)
    with clock.stand_at(clock.at(date(2021, 12, 1), 23, 59)):
        assert client.get(reverse("appointments")).status_code == 200
    with clock.stand_at(clock.at(date(2021, 12, 2))):
        assert client.get(reverse("appointments")).status_code == 403


def test_signing_out_is_a_post(client: Client, head: Account) -> None:
    client.force_login(head, backend="jiequ.people.accounts.AccountBackend")
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_in_production_an_administrator_sets_up_a_second_factor_before_anything_else(
    client: Client, admin: Account, settings: Any
) -> None:
    settings.MODE = "production"
    sign_in(client, admin)
    for name in ("people", "me", "home"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer.url.startswith(reverse("second-factor")), name
    assert client.get(reverse("second-factor")).url == reverse("second-factor-set-up")
    page = client.get(reverse("second-factor-set-up"))
    text = page.content.decode()
    assert "<svg" in text
    assert "style=" not in text
    key = client.session["totp_key"]
    assert client.post(reverse("second-factor-set-up"), {"code": "000000"}).status_code == 422
    assert TOTPDevice.objects.count() == 0
    assert client.post(reverse("second-factor-set-up"), {"code": code(key)}).status_code == 302
    assert client.get(reverse("notices-read")).status_code == 405
    with pytest.raises(Refused):
        actions.remove_second_factor(admin, by=admin)


def test_in_production_a_head_needs_no_second_factor(client: Client, head: Account, settings: Any) -> None:
    settings.MODE = "production"
    sign_in(client, head)
    assert client.get(reverse("notices-read")).status_code == 405


def test_whoever_has_a_second_factor_gives_it_in_every_mode(client: Client, head: Account) -> None:
    give_factor(head)
    answer = sign_in(client, head, next="/notices/")
    assert answer.url == "/sign-in/second-factor/?next=%2Fnotices%2F"
    assert client.get(reverse("notices-read")).status_code == 302
    assert client.post(reverse("second-factor"), {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    answer = client.post(reverse("second-factor"), {"code": code("ab" * 20), "next": "/notices/"})
    assert (answer.status_code, answer.url) == (302, "/notices/")
    assert client.get(reverse("notices-read")).status_code == 405


def test_the_password_alone_does_not_put_another_device_in_place(client: Client, head: Account) -> None:
    device = give_factor(head)
    sign_in(client, head)
    assert client.get(reverse("second-factor-set-up")).url == reverse("second-factor")
    assert client.post(reverse("second-factor-remove")).status_code == 302
    assert list(TOTPDevice.objects.values_list("pk", flat=True)) == [device.pk]


def test_guessing_the_six_digits_is_slowed_down(client: Client, head: Account) -> None:
    give_factor(head)
    sign_in(client, head)
    for _ in range(3):
        assert client.post(reverse("second-factor"), {"code": "000000"}).status_code == 422
    assert client.post(reverse("second-factor"), {"code": code("ab" * 20)}).status_code == 422


def test_demo_accounts_and_demo_passwords_stay_in_the_demo(block: Any, settings: Any) -> None:
    person = make.person(at=block)
    settings.MODE = "production"
    with pytest.raises(Refused):
        actions.open_account(person, "demo", make.PASSWORD, by=SYSTEM, is_demo=True)
    with pytest.raises(Refused) as refused:
        actions.open_account(person, "demo", "jiequ-demo-2021", by=SYSTEM)
    assert refused.value.field == "password"
    settings.MODE = "demo"
    assert actions.open_account(person, "demo", "jiequ-demo-2021", by=SYSTEM, is_demo=True).is_demo


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "tester-name"])
def test_weak_passwords_are_refused(block: Any, password: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.open_account(make.person(at=block), "tester-name", password, by=SYSTEM)
    assert refused.value.field == "password"


@pytest.mark.parametrize("username", ["", "a", "has space", "中文", "UP/DOWN", "x" * 41, "<b>"])
def test_impossible_user_names_are_refused(block: Any, username: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.open_account(make.person(at=block), username, make.PASSWORD, by=SYSTEM)
    assert refused.value.field == "username"


def test_one_account_a_person_and_one_person_a_name(block: Any) -> None:
    person = make.person(at=block)
    actions.open_account(person, "first", make.PASSWORD, by=SYSTEM)
    with pytest.raises(Refused):
        actions.open_account(person, "second", make.PASSWORD, by=SYSTEM)
    with pytest.raises(Refused):
        actions.open_account(make.person(at=block), "First", make.PASSWORD, by=SYSTEM)


def test_only_an_administrator_opens_closes_and_resets_accounts(block: Any, head: Account, admin: Account) -> None:
    chief = make.account("chief", make.above(block, 2))
    for act in (
        lambda: actions.open_account(make.person(at=block), "new-one", make.PASSWORD, by=chief),
        lambda: actions.close_account(head, by=chief),
        lambda: actions.reset_password(head, by=chief),
        lambda: actions.remove_second_factor(head, by=chief),
        lambda: actions.change_password(head, make.PASSWORD, "another one 2021", by=admin),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(Refused):
        actions.close_account(admin, by=admin)
    actions.close_account(head, by=admin)
    actions.reopen_account(head, by=admin)
    assert Account.objects.get(pk=head.pk).is_active
