"""What an emergency is, by its wording."""

from __future__ import annotations

import pytest

from jiequ.core.wordings import emergency_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三楼着火了", "119"),
        ("闻到一股煤气味，就在楼道里", "119"),
        ("楼下有个老人晕倒在路边", "120"),
        ("有人持刀在门口", "110"),
        ("我家孩子走失两个小时", "110"),
    ],
)
def test_an_emergency_names_whom_to_call(text: str, number: str) -> None:
    assert emergency_number(text) == number


@pytest.mark.parametrize("text", ["楼道灯坏了", "想办一次着火了怎么办的演练", "怕电动车着火了没人管", ""])
def test_what_is_none_names_nobody(text: str) -> None:
    assert emergency_number(text) == ""
