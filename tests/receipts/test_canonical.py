"""JSON in one form: the examples of RFC 8785, and what the database and Python may bring."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runs.canonical import canonical, sha256_of

# Beyond this ECMAScript writes digits that a float does not have.
MOST = 2.0**53
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-MOST, MOST) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        # RFC 8785, appendix B.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (999999999999999900000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (4.5, "4.5"),
        (0.002, "0.002"),
        # RFC 8785, 3.2.2 and 3.2.3.
        ('€$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        (
            {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7},
            '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
        ),
        ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
        # Ours: all digits, where the RFC would round.
        (2**53 + 1, "9007199254740993"),
    ],
)
def test_examples(value: Any, form: str) -> None:
    assert canonical(value) == form


@pytest.mark.parametrize("value", [math.nan, math.inf, b"x", object(), {1, 2}])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical([value])


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_it_means_the_same(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_a_round_through_any_writing_keeps_the_hash(value: Any) -> None:
    assert sha256_of(json.loads(json.dumps(value, indent=3))) == sha256_of(value)


@settings(max_examples=50, deadline=None)
@given(JSON, JSON)
def test_different_values_have_different_forms(one: Any, other: Any) -> None:
    if canonical(one) == canonical(other):
        assert one == other
