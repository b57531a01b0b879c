"""All fields of an agent's input, filled in by one user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from runs import preflight, uploads
from runs.agents.base import Agent
from runs.errors import DocumentRefused, InvalidInput
from runs.forms.choices import NOT_TAKEN, choices_of, document_choices
from runs.forms.complaints import complaint
from runs.forms.fields import InputField
from runs.inputs import prepare
from runs.models import User
from runs.shapes import label_of, shape_of


class InputForm:
    """The form for one user and one agent."""

    def __init__(self, agent: Agent[Any, Any], user: User, values: Mapping[str, Any]) -> None:
        self.agent = agent
        self.user = user
        self.draft_id = ""
        """The draft that this form was opened from, if it was."""
        self.complaints: list[str] = []
        shape = shape_of(agent.Input)
        required = shape.schema.get("required", ())
        self.fields = [
            InputField(name, inner, name in required, values.get(name, inner.schema.get("default")))
            for name, inner in shape.fields.items()
        ]
        for each in self.fields:
            each.choices = choices_of(each, agent, user)
        known = {each.name for each in self.fields}
        unfit = [each for each in self.fields if each.fits_no_choice]
        self.left_out = [label_of(name) for name in values if name not in known] + [each.label for each in unfit]
        """What of ``values`` has no place in the form today, by its name for people."""

    @classmethod
    def sent(
        cls, agent: Agent[Any, Any], user: User, data: QueryDict, files: MultiValueDict[str, UploadedFile[Any]]
    ) -> InputForm:
        """The form as it was sent, every uploaded file kept as a document of the user's and chosen."""
        form = cls(agent, user, {})
        form.draft_id = data.get("kept-draft", "")
        for each in form.fields:
            each.fill(data)
            upload = files.get(f"{each.name}-file") if each.control == "document" else None
            if upload is not None:
                try:
                    each.value, each.is_absent = str(uploads.keep(upload, user).pk), False
                except DocumentRefused as refusal:
                    each.complaints.append(refusal.sentence)
                    if each.is_absent:
                        each.value, each.is_absent = NOT_TAKEN, False
            elif each.value == NOT_TAKEN:
                each.complaints.append("Your file was not taken: choose another one, or here what to run on instead.")
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

    def look(self, *, again: bool = False) -> None:
        """Have the chosen documents looked at."""
        for each in self.fields:
            if each.document is not None:
                each.preflight = preflight.look(each.document, again=again)

    def refuse_doomed(self) -> None:
        """Complain of documents on which no run can end well."""
        for each in self.fields:
            if each.preflight is not None and each.preflight.refusal:
                each.complaints.append(each.preflight.refusal)

    def recall(self) -> None:
        """Show what is known of the chosen documents, without reading any."""
        for each in self.fields:
            if each.document is not None and each.preflight is None:
                each.preflight = preflight.recall(each.document)

    def find_earlier_run(self) -> None:
        """Find the result there is already of what the form asks for."""
        chosen = next((each for each in self.fields if each.document is not None), None)
        if chosen is None:
            return
        try:
            prepared = prepare(self.agent, self.values, self.user)
        except InvalidInput:
            return
        chosen.earlier_run = preflight.earlier_result(self.agent, self.user, prepared)

    def complain(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Put pydantic's errors next to the fields they are about."""
        by_name = {each.name: each for each in self.fields}
        for error in errors:
            place = error["loc"]
            about = by_name.get(place[0]) if place else None
            (self.complaints if about is None else about.complaints).append(complaint(error))
