from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.sources.settings_yaml import read_settings


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("lr: 0.1\nname: 'a: b'  # c\n", {"lr": "0.1", "name": "'a: b'"}),
        ("a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", {"a.b.c": "1", "a.d": "2", "e": "3"}),
        ("sizes: [1, 2]\nlayers:\n  - 3\n  - 'x'\n", {"sizes": "[1, 2]", "layers": "[3, x]"}),
        ("url: http://a/b#c\n", {"url": "http://a/b#c"}),
        ("empty:\nafter: 1\n", {"after": "1"}),
        ('"quoted key": 1\n', {"quoted key": "1"}),
        ("--- \n# comment\nlr: 1e-3\n...\n", {"lr": "1e-3"}),
    ],
)
def test_settings_in_blocks_are_read(text: str, settings: dict[str, str]) -> None:
    assert dict(read_settings(text)) == settings


@pytest.mark.parametrize(
    "unread",
    [
        "x: !!python/object:a.B\n  lr: 9\n",
        "x: &anchor\n  lr: 9\n",
        "x: *anchor\n",
        "x: |\n  lr: 9\n",
        "x: [1,\n  2]\n",
        'x: "open\n  lr: 9"\n',
        "? lr\n: 9\n",
        "- lr: 9\n",
    ],
)
def test_what_needs_a_parser_is_left_out_with_all_below_it(unread: str) -> None:
    assert dict(read_settings(f"{unread}after: 1\n")) == {"after": "1"}


def test_a_list_of_mappings_does_not_become_settings_of_its_key() -> None:
    assert read_settings("data:\n- name: a\n  lr: 9\n- name: b\n  lr: 8\n") == [("data", "[…, …]")]


@given(st.text(alphabet="ab:-# \n'\"[]{}!&|>?\t0"))
def test_no_text_raises(text: str) -> None:
    assert all(name and value for name, value in read_settings(text))


@pytest.mark.parametrize(
    "text", ["a" + " " * 60_000 + "b", "- " * 30_000, "a: #" * 16_000, "[" * 60_000, "a:\n " * 20_000]
)
def test_the_time_is_linear_in_the_text(text: str) -> None:
    started = time.process_time()
    read_settings(text)
    assert time.process_time() - started < 1
