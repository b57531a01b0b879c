"""Moments, spans and sizes for people. ``static/times.js`` keeps them fresh, in the same words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86_400


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """How long ago, or the date where that says more."""
    if at is None:
        return "–"
    return _time(at, _ago(at), "ago")


@register.simple_tag
def clock(at: datetime | None) -> SafeString | str:
    """The time of day."""
    if at is None:
        return "–"
    return _time(at, f"{at:%H:%M:%S}", "clock")


@register.simple_tag
def date_and_clock(at: datetime | None) -> SafeString | str:
    """The date and the time of day."""
    if at is None:
        return "–"
    return _time(at, f"{at:%-d %b %Y, %H:%M:%S} UTC", "date")


@register.simple_tag
def by_the_clocks_of(time_zone: str, at: datetime | None) -> SafeString | str:
    """The day and the time of day where a schedule is at home, whatever the reader's own."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(time_zone))
    title = f"{at:%-d %b %Y, %H:%M:%S} UTC"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), title, f"{local:%a %-d %b %Y, %H:%M}"
    )


@register.simple_tag
def elapsed(since: datetime | None) -> SafeString | str:
    """How long something has been going on; goes on by itself where scripts run."""
    if since is None:
        return "–"
    return _time(since, duration(timezone.now() - since), "elapsed")


@register.simple_tag
def until(at: datetime | None) -> SafeString | str:
    """How soon something is to happen."""
    if at is None:
        return "–"
    left = at - timezone.now()
    return _time(at, f"in {duration(left)}" if left > timedelta() else "now", "until")


def _time(at: datetime, text: str, shown: str) -> SafeString:
    title = f"{at:%-d %b %Y, %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}" data-shown="{}">{}</time>', at.isoformat(), title, shown, text)


def _ago(at: datetime) -> str:
    seconds = int((timezone.now() - at).total_seconds())
    if seconds < 1:
        return "now"
    if seconds < MINUTE:
        return f"{seconds} s ago"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min ago"
    if seconds < DAY:
        return f"{seconds // HOUR} h ago"
    return f"{at:%-d %b %Y}"


@register.filter
def duration(span: timedelta | None) -> str:
    """A span with its two largest units: ``0.4 s``, ``12 s``, ``1 m 50 s``, ``2 h 5 m``."""
    if span is None:
        return "–"
    exact = max(span.total_seconds(), 0.0)
    seconds = int(exact)
    if seconds < 10:
        return f"{exact:.1f} s"
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} m {seconds % MINUTE} s"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} m"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"


@register.filter
def roughly(span: timedelta) -> str:
    """A span as one would say it of something to come: ``2 s``, ``40 s``, ``3 min``, ``2 h``."""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 58:
        return f"{5 * round(seconds / 5)} s"
    if seconds < HOUR - MINUTE / 2:
        return f"{max(1, round(seconds / MINUTE))} min"
    return f"{max(1, round(seconds / HOUR))} h"
