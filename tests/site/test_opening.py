"""`jiequ open`: a subdistrict begins with one command, once."""

import re

import pytest

from jiequ.core import clock, workdays
from jiequ.council.models import DecisionRule
from jiequ.people.models import Account
from jiequ.site import cli
from jiequ.territory.models import Unit
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


WORDS = ["--code", "440309006", "--name", "观澜街道", "--person", "王小明", "--username", "wang"]


def test_a_subdistrict_opens_with_one_administrator_who_must_change_the_password(capsys):
    assert cli.open_subdistrict(WORDS) == 0
    password = re.search(r"one-time password (\S+)", capsys.readouterr().out).group(1)
    account = Account.objects.get(username="wang")
    assert account.is_administrator
    assert account.must_change_password
    assert account.check_password(password)
    assert DecisionRule.objects.get().unit == Unit.objects.get(code="440309006")
    assert workdays.is_published(2021)


def test_it_opens_only_once_and_changes_nothing_the_second_time(capsys):
    cli.open_subdistrict(WORDS)
    assert cli.open_subdistrict([*WORDS[:-1], "li"]) == 1
    assert "已经有单位" in capsys.readouterr().err
    assert Account.objects.count() == 1
