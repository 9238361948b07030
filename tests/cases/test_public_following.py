"""Behind the secret link: how it stands, what was said to me, what I can do; and nothing of anybody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, CaseMail, CaseMessage, CaseRating, ClockChange, Complainant
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from tests import make
from tests.cases.test_public_filing import photo, said

pytestmark = pytest.mark.django_db
DOORS = ("public-case", "public-case-received", "public-case-withdraw", "public-case-code")


@pytest.fixture
def at() -> Any:
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        made = make.street()
        made.own.phone = "0755-28010000"
        made.own.save()
        yield made


def page(client: Client, secret: str, name: str = "public-case") -> str:
    return said(client.get(reverse(name, args=[secret])))


def post(client: Client, name: str, secret: str, **data: Any) -> Any:
    return client.post(reverse(f"public-case-{name}", args=[secret]), data)


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("token", ["x", "0" * 22, "%00", "A" * 500, "'--"])
def test_a_guessed_link_leads_nowhere(client: Client, at: make.Street, name: str, token: str) -> None:
    make.case(at)
    assert client.get(reverse(name, args=[token])).status_code in {400, 404}


def test_the_page_says_who_handles_it_until_when_and_every_step(client: Client, at: make.Street) -> None:
    case, secret = make.case(at, state="working")
    actions.tell_complainant(case, by=at.head, text="电工下午来换灯。约好三点。")
    actions.write_note(case, by=at.head, text="这户不好说话")
    shown = page(client, secret)
    for words in ("电工下午来换灯", "约好三点", at.own.name, "0755-28010000", "还有5个工作日", "三楼楼道灯坏了三天"):
        assert words in shown
    assert "这户不好说话" not in shown
    assert at.head.person.name not in shown
    assert 'aria-current="step"' in shown


def test_whoever_joined_reads_what_was_said_since_and_nothing_the_first_one_wrote(
    client: Client, at: make.Street
) -> None:
    case, first = make.case(at, state="working", name="钱大有", phone="13900139000")
    actions.add_to_case(case.complainants.get(), by=PUBLIC, text="门禁密码是4312")
    actions.tell_complainant(case, by=at.head, text="钱先生您好，下午到。")
    clock.move_to(make.moment("2021-12-01 10:00"))
    _joined, second = actions.join_case(case, by=PUBLIC, body="我家门口也黑")
    actions.tell_complainant(case, by=at.head, text="灯已经买好。")
    shown = page(client, second)
    assert "我家门口也黑" in shown
    assert "灯已经买好" in shown
    assert "还有1人" in shown
    assert not any(w in shown for w in ("三楼楼道灯", "4312", "钱", "13900139000"))
    shown = page(client, first)
    assert "4312" in shown
    assert "我家门口也黑" not in shown


def test_whoever_joined_at_the_very_moment_of_filing_is_not_taken_for_the_first(
    client: Client, at: make.Street
) -> None:
    case, _first = make.case(at)
    _joined, second = actions.join_case(case, by=PUBLIC, body="我也是")
    assert "三楼楼道灯" not in page(client, second)


def test_nobodys_number_or_name_is_shown_again(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at, name="钱大有", phone="13900139000", email="qian@example.org")
    shown = page(client, secret) + page(client, secret, "public-case-received")
    assert not any(w in shown for w in ("钱", "13900139000", "139****", "qian@"))


@pytest.mark.parametrize("name", ["public-case", "public-case-received"])
def test_no_cache_and_no_search_engine_keeps_it_and_no_other_site_learns_the_address(
    client: Client, at: make.Street, name: str
) -> None:
    _case, secret = make.case(at)
    answer = client.get(reverse(name, args=[secret]))
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_page_with_its_history_costs_the_same_with_one_word_and_with_five(
    client: Client, at: make.Street, django_assert_num_queries: Any
) -> None:
    case, secret = make.case(at, state="working")
    whole = 8
    actions.tell_complainant(case, by=at.head, text="好的")
    page(client, secret)
    with django_assert_num_queries(whole):
        page(client, secret)
    for n in range(5):
        actions.tell_complainant(case, by=at.head, text=f"第{n}次")
        actions.join_case(case, by=PUBLIC, body=f"第{n}个")
    with django_assert_num_queries(whole):
        page(client, secret)


def test_a_word_and_a_photo_are_added(client: Client, at: make.Street) -> None:
    case, secret = make.case(at, state="working")
    assert post(client, "add", secret, text="四楼也不亮", photos=[photo()]).status_code == 302
    message = CaseMessage.objects.get(kind="from")
    assert message.text == "四楼也不亮"
    shown = page(client, secret)
    address = reverse("public-case-photo", args=[secret, message.photos.get().pk])
    assert address in shown
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    _joined, other = actions.join_case(case, by=PUBLIC)
    assert client.get(address.replace(secret, other)).status_code == 404


def test_a_word_that_is_missing_is_asked_for_and_the_photo_is_kept(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at)
    shown = said(post(client, "add", secret, text="", photos=[photo()]))
    assert "还差一句话" in shown
    assert "1张照片已经收好" in shown


def test_withdrawing_asks_first_and_ends_it(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at)
    assert "要撤回" in page(client, secret, "public-case-withdraw")
    assert Case.objects.get().state == "submitted"
    post(client, "withdraw", secret)
    assert Case.objects.get().state == "withdrawn"
    assert "您已经撤回了" in page(client, secret)
    assert "已经撤回过" in said(post(client, "withdraw", secret))


def test_all_right_already_takes_it_back_with_a_word(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at, state="working")
    post(client, "withdraw", secret, solved="1")
    assert Case.objects.get().state == "withdrawn"
    assert CaseMessage.objects.get().text.startswith("已经好了")


def test_others_go_on_where_one_leaves(client: Client, at: make.Street) -> None:
    case, secret = make.case(at, state="working")
    _joined, other = actions.join_case(case, by=PUBLIC)
    assert "会接着办" in page(client, secret, "public-case-withdraw")
    post(client, "withdraw", secret)
    assert Case.objects.get().state == "working"
    assert "人也遇到这件事" not in page(client, other)


def test_not_satisfied_opens_it_again_and_says_so(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at, state="replied")
    shown = page(client, secret)
    assert "灯换好了" in shown
    assert "会重新办一次" in shown
    assert "请选一个评价" in said(post(client, "rate", secret))
    assert "<script>" not in said(post(client, "rate", secret, score="<script>"))
    post(client, "rate", secret, score="dissatisfied", words="还是不亮")
    assert Case.objects.get().state == "working"
    shown = page(client, secret)
    assert "不满意" in shown
    assert "还是不亮" in shown


def test_satisfied_once_is_enough(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at, state="replied")
    for _press in range(2):
        post(client, "rate", secret, score="satisfied")
    assert CaseRating.objects.get().score == "satisfied"
    assert Case.objects.get().solved_at is not None
    shown = page(client, secret)
    assert "您评价了“满意”" in shown
    assert 'name="score"' not in shown


def test_declined_says_why_and_where_to_go(client: Client, at: make.Street) -> None:
    case, secret = make.case(at)
    actions.decline_case(case, by=at.head, reason="不归街道管。", channel="区交通局")
    shown = page(client, secret)
    assert "不归街道管。" in shown
    assert "区交通局" in shown
    assert 'name="text"' not in shown


def test_merged_shows_the_case_it_went_into(client: Client, at: make.Street) -> None:
    case, secret = make.case(at, body="二楼也不亮")
    into, _other = make.case(at, state="working", body="钱家的事")
    actions.merge_case(case, into=into, by=at.head)
    shown = page(client, secret)
    assert f"{case.short_number} 已并入" in shown
    assert into.short_number in shown
    assert "二楼也不亮" in shown
    assert "钱家的事" not in shown


def test_a_pause_is_shown_with_its_reason(client: Client, at: make.Street) -> None:
    case, secret = make.case(at, state="working")
    until = make.moment("2021-12-10").date()
    granted = {"asked_at": clock.now(), "decided_at": clock.now(), "until": until}
    ClockChange.objects.create(case=case, kind="pause", reason="等灯具到货", was_granted=True, **granted)
    ClockChange.objects.create(case=case, kind="extend", reason="不想办", was_granted=False, **granted)
    shown = page(client, secret)
    assert "等灯具到货" in shown
    assert "不想办" not in shown


def test_a_link_opens_one_case_only(client: Client, at: make.Street) -> None:
    _one, first = make.case(at, body="甲家的灯")
    _two, second = make.case(at, body="乙家的水")
    assert "乙家" not in page(client, first)
    assert "甲家" not in page(client, second)
    assert first != second


def test_the_picture_of_the_link_is_a_picture(client: Client, at: make.Street) -> None:
    _case, secret = make.case(at)
    answer = client.get(reverse("public-case-code", args=[secret]))
    assert answer.content.startswith(b"\x89PNG")


def test_what_was_said_before_a_merge_stays_on_the_page_of_whoever_said_it(client):
    at = make.street()
    first, secret = make.case(at)
    second, _other = make.case(at, state="working")
    actions.add_to_case(first.complainants.get(), by=PUBLIC, text="还有四楼也不亮")
    actions.merge_case(first, into=second, by=at.head)
    assert "还有四楼也不亮" in client.get(f"/c/{secret}/").content.decode()


def test_an_e_mail_that_was_left_is_kept_sealed_and_hears_of_the_next_step(client, settings):
    settings.EMAIL_HOST = "localhost"
    at = make.street()
    address = f"/b/{at.block.code}/case/"
    client.post(
        address, {"body": "井盖松了", "category": at.category.code, "email": "ligia@example.org", "anyway": "1"}
    )
    complainant = Complainant.objects.get()
    assert complainant.email == "ligia@example.org"
    actions.accept_case(Case.objects.select_related("unit", "category", "limit").get(), by=at.head)
    assert CaseMail.objects.filter(complainant=complainant).count() == 1
