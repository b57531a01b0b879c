"""All fields of an agent's input, filled in by one user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from runs import uploads
from runs.agents.base import Agent
from runs.errors import DocumentRefused
from runs.forms.choices import choices_of, document_choices
from runs.forms.complaints import complaint
from runs.forms.fields import InputField
from runs.models import User
from runs.shapes import shape_of


class InputForm:
    """The form for one user and one agent."""

    def __init__(self, agent: Agent[Any, Any], user: User, values: Mapping[str, Any]) -> None:
        self.agent = agent
        self.complaints: list[str] = []
        shape = shape_of(agent.Input)
        required = shape.schema.get("required", ())
        self.fields = [
            InputField(name, inner, name in required, values.get(name, inner.schema.get("default")))
            for name, inner in shape.fields.items()
        ]
        for each in self.fields:
            each.choices = choices_of(each, agent, user)

    @classmethod
    def sent(
        cls, agent: Agent[Any, Any], user: User, data: QueryDict, files: MultiValueDict[str, UploadedFile[Any]]
    ) -> InputForm:
        """The form as it was sent, every uploaded file kept as a document of the user's and chosen."""
        form = cls(agent, user, {})
        for each in form.fields:
            each.fill(data)
            upload = files.get(f"{each.name}-file") if each.control == "document" else None
            if upload is not None:
                try:
                    each.value, each.is_absent = str(uploads.keep(upload, user).pk), False
                except DocumentRefused as refusal:
                    each.complaints.append(refusal.sentence)
            if each.control == "document":
                each.choices = document_choices(each, agent, user)
        return form

    @property
    def values(self) -> dict[str, Any]:
        """What is asked of the agent, for ``lifecycle.trigger`` to judge."""
        return {each.name: each.value for each in self.fields if not each.is_absent}

    @property
    def is_refused(self) -> bool:
        return bool(self.complaints or self.refused_fields)

    @property
    def refused_fields(self) -> list[InputField]:
        return [each for each in self.fields if each.complaints]

    @property
    def takes_files(self) -> bool:
        return any(each.control == "document" for each in self.fields)

    def complain(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Put pydantic's errors next to the fields they are about."""
        by_name = {each.name: each for each in self.fields}
        for error in errors:
            place = error["loc"]
            about = by_name.get(place[0]) if place else None
            (self.complaints if about is None else about.complaints).append(complaint(error))
