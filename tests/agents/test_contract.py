"""What an agent declares is held against what the site needs, fault by fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from runs.agents import AGENTS
from runs.agents.base import Agent, AgentInput, Answer, Illustration, Limits, RunContext
from runs.agents.contract import faults_of


class Input(AgentInput):
    at_least: int = 4


class Output(BaseModel):
    total: int


class Sound(Agent[Input, Output]):
    name = "sound"
    label = "Sound"
    description = "Counts."
    version = "1.0.0"
    Input = Input
    Output = Output

    def run(self, context: RunContext, input: Input) -> Answer[Output]:
        return Answer("counted", Output(total=1))


class Lax(BaseModel):
    at_least: int = 4


class Loose(AgentInput, extra="ignore"):
    at_least: int = 4


class Schemed:
    @classmethod
    def model_json_schema(cls, mode: str = "validation") -> dict[str, Any]:
        return {}


def changed(**declared: Any) -> Agent[Any, Any]:
    return type("Changed", (Sound,), declared)()


@pytest.mark.parametrize("name", list(AGENTS))
def test_every_agent_of_the_site_keeps_it(name: str) -> None:
    assert faults_of(AGENTS[name]) == []


def test_a_sound_agent_has_no_fault() -> None:
    assert faults_of(Sound()) == []


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"name": "Word Counter"}, "lower-case words joined by hyphens"),
        ({"name": "w" * 65}, "64 characters at most"),
        ({"version": "one point nought"}, "like 1.0.0"),
        ({"version": "1" * 33}, "32 characters at most"),
        ({"label": " "}, "label must have"),
        ({"label": "l" * 61}, "1 to 60 characters"),
        ({"description": ""}, "must say what it does"),
        ({"Input": Lax}, "inherit from runs.agents.base.AgentInput"),
        ({"Input": Loose}, "refuse unknown fields"),
        ({"Output": dict}, "shapes cannot be read"),
        ({"Output": Schemed}, "Output must be a pydantic model"),
        ({"limits": None}, "must be a runs.agents.base.Limits"),
        ({"limits": Limits(max_attempts=0)}, "must be positive"),
        ({"limits": Limits(backoff_seconds=-1)}, "must be positive"),
        ({"sample": Path("/nowhere/sample.pdf")}, "sample.pdf is not there"),
        ({"sample": Path("/dev/null")}, "null is not there"),
        ({"illustrations": ({"at_least": 3},)}, "must be runs.agents.base.Illustration"),
        ({"illustrations": (Illustration("Long words", {"at_least": "many"}),)}, "“Long words” does not fit"),
        ({"name": None}, "names cannot be read"),
    ],
)
def test_what_is_wrong_is_said(declared: dict[str, Any], said: str) -> None:
    assert any(said in fault for fault in faults_of(changed(**declared))), faults_of(changed(**declared))


def test_an_empty_sample_is_said(tmp_path: Path) -> None:
    (tmp_path / "sample.txt").touch()

    assert faults_of(changed(sample=tmp_path / "sample.txt")) == ["Its sample sample.txt is empty."]


def test_a_declaration_that_raises_is_a_fault_and_no_crash() -> None:
    class Odd(Sound):
        @property
        def label(self) -> str:  # type: ignore[override]
            raise RuntimeError("no label today")

    assert faults_of(Odd()) == ["Its names cannot be read: RuntimeError: no label today."]


@pytest.mark.parametrize("thing", [None, "word-counter", Sound, object()])
def test_what_is_no_agent_is_said_to_be_none(thing: object) -> None:
    (fault,) = faults_of(thing)

    assert "It is not an agent" in fault
