"""The form of a schedule: when, by whose clocks, and with what input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from runs.agents.base import Agent
from runs.forms.complaints import complaint
from runs.forms.input_form import InputForm
from runs.lifecycle import OnConflict
from runs.models import Overlap, Schedule, User
from runs.schedules import Wish, time_zones

EXAMPLES: Final = {
    "0 * * * *": "Every hour",
    "0 9 * * *": "Every day at 9:00",
    "0 9 * * MON-FRI": "Monday to Friday at 9:00",
    "0 9 * * MON": "Every Monday at 9:00",
    "0 9 1 * *": "The first day of every month at 9:00",
    "0 9 LW * *": "The last weekday of every month at 9:00",
}
"""What people mostly want, and how to say it."""
LABELS: Final = {"name": "Name", "cron": "When", "time_zone": "Time zone", "on_conflict": "While you are busy"}


class ScheduleForm:
    """The form for one user and one agent. What was typed and uploaded stays in it, whatever is refused."""

    def __init__(self, input: InputForm, values: Mapping[str, str]) -> None:
        self.input = input
        self.name = values.get("name", "")
        self.cron = values.get("cron", "")
        self.time_zone = values.get("time_zone", "UTC")
        self.on_conflict = values.get("on_conflict", Overlap.REJECT)
        self.complaints: dict[str, list[str]] = {}

    @classmethod
    def of(cls, schedule: Schedule, agent: Agent[Any, Any]) -> ScheduleForm:
        """The form as the schedule is."""
        values = {name: getattr(schedule, name) for name in LABELS}
        return cls(InputForm(agent, schedule.user, schedule.input), values)

    @classmethod
    def sent(
        cls, agent: Agent[Any, Any], user: User, data: QueryDict, files: MultiValueDict[str, UploadedFile[Any]]
    ) -> ScheduleForm:
        """The form as it was sent, every uploaded file kept as a document of the user's and chosen."""
        return cls(InputForm.sent(agent, user, data, files), data.dict())  # type: ignore[arg-type]  # Texts only.

    @property
    def wish(self) -> Wish:
        """What is asked for, for ``runs.schedules`` to judge."""
        chosen = cast(OnConflict, self.on_conflict)
        return Wish(self.name, self.input.agent.name, self.input.values, self.cron, self.time_zone, chosen)

    @property
    def is_refused(self) -> bool:
        return bool(self.complaints) or self.input.is_refused

    @property
    def refused(self) -> list[tuple[str, str, str]]:
        """What is wrong with when and how: the field, what people call it, the sentence."""
        return [(name, LABELS[name], said) for name in LABELS for said in self.complaints.get(name, ())]

    @property
    def overlaps(self) -> list[tuple[str, str]]:
        return [(choice.value, str(choice.label)) for choice in Overlap]

    @property
    def examples(self) -> Iterable[tuple[str, str]]:
        return EXAMPLES.items()

    @property
    def time_zones(self) -> list[str]:
        """All there are, for the browser to complete what is typed."""
        return sorted(time_zones())

    def complain(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Put what is wrong next to the fields it is about."""
        for error in errors:
            field, *rest = error["loc"]
            if field == "input":
                self.input.complain([{**error, "loc": tuple(rest)}])
            else:
                self.complaints.setdefault(str(field), []).append(complaint(error))
