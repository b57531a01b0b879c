"""What PostgreSQL can say and Django has no word for."""

from __future__ import annotations

from django.db.models import BooleanField, Func


class IsAmong(Func):
    """Whether a column is one of an array's; a subquery that makes the array is carried out once."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()
