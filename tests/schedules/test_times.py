"""When a schedule comes round, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.schedules import NotATime, Rhythm

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def times(cron: str, zone: str, start: datetime, count: int) -> list[str]:
    return [f"{at:%d %H:%M}" for at in Rhythm.parse(cron, zone).following(start, count)]


def test_nine_o_clock_is_nine_by_the_clocks_of_the_place() -> None:
    assert times("0 9 * * *", BERLIN, utc(2027, 1, 4), 2) == ["04 08:00", "05 08:00"]
    assert times("0 9 * * *", BERLIN, utc(2027, 7, 4), 2) == ["04 07:00", "05 07:00"]
    assert times("0 9 * * *", "UTC", utc(2027, 7, 4, 9), 1) == ["05 09:00"], "a time does not follow itself"


def test_what_was_to_be_in_an_hour_that_is_skipped_comes_once_right_after_it() -> None:
    assert times("30 2 * * *", BERLIN, utc(2027, 3, 27, 12), 3) == ["28 01:00", "29 00:30", "30 00:30"]
    assert times("0,30 2 * * *", BERLIN, utc(2027, 3, 27, 12), 2) == ["28 01:00", "29 00:00"]


def test_what_is_to_be_in_an_hour_that_comes_twice_comes_once() -> None:
    assert times("30 2 * * *", BERLIN, utc(2027, 10, 30, 12), 3) == ["31 00:30", "01 01:30", "02 01:30"]


@pytest.mark.parametrize("minute", [0, 29, 31, 59])
def test_nothing_comes_again_for_who_asks_in_the_second_of_two_equal_hours(minute: int) -> None:
    """There, 02:30 by the clocks lies ahead, and the time it means has been."""
    assert times("30 2 * * *", BERLIN, utc(2027, 10, 31, 1, minute), 1) == ["01 01:30"]


def test_what_comes_every_quarter_of_an_hour_keeps_its_distance() -> None:
    for start in (utc(2027, 3, 27, 23), utc(2027, 10, 30, 23)):
        rhythm = Rhythm.parse("*/15 * * * *", BERLIN)
        found = rhythm.following(start, 40)
        assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}


def test_missed_times_are_counted_to_a_bound() -> None:
    rhythm = Rhythm.parse("* * * * *", "UTC")
    assert rhythm.missed(utc(2027, 1, 1), utc(2027, 1, 1, 0, 5)) == 5
    assert rhythm.missed(utc(2027, 1, 1), utc(2027, 1, 1, 0, 0, 59)) == 0
    assert rhythm.missed(utc(2027, 1, 1), utc(2028, 1, 1)) == 1000


def test_a_schedule_is_said_in_words() -> None:
    assert Rhythm.parse("0 9 * * mon-fri", BERLIN).words == "At 09:00 on Monday through Friday"


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("", "Please say when."),
        ("0 9 * *", "five fields"),
        ("0 0 9 * * *", "five fields"),
        ("60 9 * * *", "The minute must be 0 to 59."),
        ("0 24 * * *", "The hour must be 0 to 23."),
        ("0 9 30 2 *", "one that the months have"),
        ("0 9 * 13 *", "The month must be 1 to 12, or JAN to DEC."),
        ("0 9 * * 8", "The day of the week must be 0 to 7, or MON to SUN."),
        ("* " * 60, "five fields"),
        ("²  9 * * *", "The minute must be 0 to 59."),
    ],
)
def test_what_is_wrong_with_a_time_is_said_in_words(cron: str, said: str) -> None:
    with pytest.raises(NotATime, match=said) as refused:
        Rhythm.parse(cron, "UTC")
    assert refused.value.field == "cron"


@pytest.mark.parametrize("zone", ["", "Berlin", "../../etc/passwd", "/etc/localtime", "UTC\0", "localtime"])
def test_only_the_names_of_time_zones_are_time_zones(zone: str) -> None:
    with pytest.raises(NotATime, match="by its name") as refused:
        Rhythm.parse("0 9 * * *", zone)
    assert refused.value.field == "time_zone"


TERM = st.sampled_from(
    [
        "*",
        "0",
        "1",
        "5",
        "31",
        "59",
        "1-5",
        "*/2",
        "1-9/3",
        "1,7",
        "L",
        "LW",
        "MON",
        "JAN",
        "SUN#2",
        "5L",
        "-",
        "#",
        "1/",
    ]
)
FIELD = st.lists(TERM, min_size=1, max_size=3).map(",".join)


@given(st.lists(FIELD, min_size=5, max_size=5).map(" ".join), st.sampled_from(["UTC", BERLIN, "Australia/Lord_Howe"]))
def test_whatever_is_accepted_comes_later_than_asked_and_can_be_said(cron: str, zone: str) -> None:
    try:
        rhythm = Rhythm.parse(cron, zone)
    except NotATime:
        return
    assert rhythm.words
    moment = utc(2027, 10, 30, 22, 17)
    found = [moment, *rhythm.following(moment, 3)]
    assert found == sorted(set(found))
