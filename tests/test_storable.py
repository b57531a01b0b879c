"""Nothing that passes here is refused by the database."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from runs.storable import storable_json, storable_text

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.text(alphabet=st.characters(codec=None)))
def test_text_can_be_encoded_and_has_no_nul(text: str) -> None:
    clean = storable_text(text)

    clean.encode()
    assert "\x00" not in clean
    assert len(clean) == len(text)


@pytest.mark.django_db
@given(anything)
def test_json_is_taken_by_the_database(value: Any) -> None:
    import json

    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json.dumps(storable_json(value))])


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": [-math.inf]}, {1, 2}, object(), b"bytes"])
def test_what_json_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON"):
        storable_json(value)


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert storable_text("abcdef", 4) == "abc…"
    assert storable_text("abcd", 4) == "abcd"
