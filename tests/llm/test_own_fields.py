"""The fields a user names: asked of a model, and held against the document without it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from runs.agents.document_extractor import ExtractorInput
from runs.agents.extraction import Field
from runs.agents.llm import LanguageModel
from runs.agents.own_answers import OwnFields, WantedField
from runs.agents.own_fields import find_own_fields, own_fields_kept
from runs.documents import Page, Reading
from runs.errors import RetryableError
from tests.agents.recording import RecordingContext
from tests.llm.asked import ScriptedModel, asking

CONTRACT = """Service agreement between Northwind Ltd and Harbour GmbH.
The notice period is thirty (30) days. The agreement begins on 3 February 2026.
The yearly fee is EUR 12,500.00, payable in advance.
Reports are due in March, June and September. Either party may audit the other."""


def wanted(*fields: tuple[str, str]) -> list[WantedField]:
    return [WantedField(name=name, type=type) for name, type in fields]  # type: ignore[arg-type]


def reading(*pages: str) -> Reading:
    return Reading("text/plain", [Page(number, text) for number, text in enumerate(pages, 1)])


def found(field: str, value: str, quote: str, page: int = 1) -> dict[str, Any]:
    return {"field": field, "value": value, "quote": quote, "page": page}


def context(llm: LanguageModel | None, **changes: Any) -> RecordingContext:
    return RecordingContext(llm=llm, **changes)


def asked(model: ScriptedModel, document: Reading, fields: list[WantedField], *values: dict[str, Any]) -> OwnFields:
    model.answers(found=list(values))
    with asking(model.settings()) as (llm, _):
        return find_own_fields(context(llm), document, fields)


def only(answer: OwnFields) -> Field:
    (value,) = answer.fields
    return value


@pytest.mark.parametrize(
    ("type", "value", "quote", "normalised"),
    [
        ("text", "Northwind Ltd", "between Northwind Ltd and Harbour GmbH", "Northwind Ltd"),
        ("number", "30", "The notice period is thirty (30) days.", "30"),
        ("amount", "EUR 12,500.00", "The yearly fee is EUR 12,500.00", "12500.00"),
        ("amount", "12500", "The yearly fee is EUR 12,500.00", "12500.00"),
        ("date", "2026-02-03", "begins on 3 February 2026", "2026-02-03"),
        ("boolean", "yes", "Either party may audit the other.", "yes"),
    ],
)
def test_a_value_that_stands_in_a_quote_that_stands_there_is_verified(
    model: ScriptedModel, type: str, value: str, quote: str, normalised: str
) -> None:
    answer = asked(model, reading(CONTRACT), wanted(("Wanted", type)), found("Wanted", value, quote))

    given = only(answer)
    assert (given.name, given.label, given.source) == ("wanted", "Wanted", "model")
    assert (given.grounding, given.normalised, given.page) == ("verified", normalised, 1)
    assert given.confidence == 0.85, "a model is never as sure as a checksum"
    assert [each.status for each in answer.asked] == ["found"]
    if type == "amount":
        assert given.currency == "EUR"


@pytest.mark.parametrize(
    ("type", "value"),
    [("number", "60"), ("number", "3"), ("date", "2026-03-02"), ("amount", "EUR 1,250.00"), ("text", "Southwind Ltd")],
)
def test_a_value_that_is_not_in_its_quote_is_not_verified(model: ScriptedModel, type: str, value: str) -> None:
    """However well the quote itself stands in the document."""
    quote = "The notice period is thirty (30) days."

    answer = asked(model, reading(CONTRACT), wanted(("Wanted", type)), found("Wanted", value, quote))

    given = only(answer)
    assert (given.grounding, given.confidence) == ("fuzzy", 0.4)
    assert given.value == value, "it is shown all the same"


def test_a_quote_the_document_has_not_is_shown_as_not_found(model: ScriptedModel) -> None:
    invented = found("Fee", "EUR 99", "The monthly fee is EUR 99 for everybody involved", 7)

    answer = asked(model, reading(CONTRACT), wanted(("Fee", "amount")), invented)

    given = only(answer)
    assert (given.grounding, given.confidence, given.boxes, given.page) == ("not_found", 0.1, [], 1)
    assert [(each.status, each.explanation) for each in answer.asked] == [
        ("unproven", "The quote does not stand in the document.")
    ]


def test_a_quote_is_looked_for_on_other_pages_than_the_model_names(model: ScriptedModel) -> None:
    document = reading("A cover.", CONTRACT)

    given = only(asked(model, document, wanted(("Days", "number")), found("Days", "30", "thirty (30) days", 1)))

    assert (given.page, given.grounding) == (2, "verified")


def test_a_list_has_each_entry_once_with_its_own_quote(model: ScriptedModel) -> None:
    months = [found("Reports", month, "due in March, June and September") for month in ("March", "June", "March")]

    answer = asked(model, reading(CONTRACT), wanted(("Reports", "list")), *months)

    assert [value.normalised for value in answer.fields] == ["March", "June"]


def test_what_was_not_asked_for_is_no_answer(model: ScriptedModel) -> None:
    unasked = found("Verdict", "approved", "Service agreement")

    answer = asked(model, reading(CONTRACT), wanted(("Fee", "amount")), unasked)

    assert answer.fields == []
    assert [each.status for each in answer.asked] == ["not_found"]


def test_without_a_model_every_field_says_so() -> None:
    answer = find_own_fields(context(None), reading(CONTRACT), wanted(("Fee", "amount"), ("Days", "number")))

    assert answer.fields == []
    assert [(each.status, each.explanation) for each in answer.asked] == [
        ("not_evaluated", "No language model is configured.")
    ] * 2
    assert answer.warnings == ["2 of your fields were not evaluated: no language model is configured."]


# --- Long documents

FILLER = "Nothing of interest stands in this line of the document at all.\n" * 20


def small(model: ScriptedModel, **changes: Any) -> Any:
    """A model that can be shown some 1,500 characters at a time."""
    return model.settings(context_tokens=6000, answer_tokens=4000, **changes)


def test_a_long_document_is_asked_about_in_pieces_and_nothing_is_left_out(model: ScriptedModel) -> None:
    marks = [f"Mark {number} stands here." for number in range(30)]
    document = reading(*[f"{mark}\n{FILLER[:600]}" for mark in marks], "x" * 4000 + "Mark 30 stands here.")
    model.answers(found=[])

    with asking(small(model)) as (llm, _):
        find_own_fields(context(llm), document, wanted(("Fee", "amount")))
        size = llm.piece_characters

    shown = [request["body"]["messages"][1]["content"] for request in model.received]
    assert len(shown) > 5
    assert all(len(text) < size + 300 for text in shown)
    assert all(any(mark in text for text in shown) for mark in [*marks, "Mark 30 stands here."])


def test_of_two_pieces_the_better_grounded_value_wins(model: ScriptedModel) -> None:
    document = reading(FILLER, "The fee is EUR 20.00 a month.\n" + FILLER)
    model.plays(
        {"act": "answer", "arguments": {"found": [found("Fee", "EUR 90.00", "a fee of EUR 90.00 that nobody wrote")]}},
        {"act": "answer", "arguments": {"found": [found("Fee", "EUR 20.00", "The fee is EUR 20.00", 2)]}},
        {"act": "answer", "arguments": {"found": []}},
    )

    with asking(small(model)) as (llm, _):
        given = only(find_own_fields(context(llm), document, wanted(("Fee", "amount"))))

    assert (given.normalised, given.grounding) == ("20.00", "verified")


def test_a_document_that_states_two_values_has_neither_for_sure(model: ScriptedModel) -> None:
    document = reading("The fee is EUR 20.00.", "The fee is EUR 30.00.")
    values = [found("Fee", f"EUR {fee}.00", f"The fee is EUR {fee}.00", page) for fee, page in ((20, 1), (30, 2))]

    answer = asked(model, document, wanted(("Fee", "amount")), *values)

    assert [(value.normalised, value.confidence) for value in answer.fields] == [("20.00", 0.5), ("30.00", 0.5)]
    assert answer.asked[0].explanation == "The document states 2 different values."


def test_at_the_limit_it_ends_with_what_was_finished_and_says_so(model: ScriptedModel) -> None:
    document = reading("The fee is EUR 20.00.\n" + FILLER, FILLER, FILLER)
    answer = {"found": [found("Fee", "EUR 20.00", "The fee is EUR 20.00")]}
    model.plays({"act": "answer", "arguments": answer, "usage": {"prompt_tokens": 1500, "completion_tokens": 50}})
    fields = wanted(("Fee", "amount"), ("Days", "number"))

    with asking(small(model), max_tokens=3500) as (llm, spending):
        ended = find_own_fields(context(llm), document, fields)

    assert [each.status for each in ended.asked] == ["found", "not_evaluated"]
    assert only(ended).grounding == "verified"
    assert ended.warnings[0].startswith("Only ")
    assert ended.warnings[0].endswith("the run's limit of 3,500 tokens for the language model is reached.")
    usage = spending.news()
    assert usage is not None
    assert usage["tokens_in"] + usage["tokens_out"] <= 3500


def test_a_limit_on_money_is_held_in_the_same_way(model: ScriptedModel) -> None:
    with asking(model.settings(), max_cost=0.000001) as (llm, _):
        answer = find_own_fields(context(llm), reading(CONTRACT), wanted(("Fee", "amount")))

    assert [each.status for each in answer.asked] == ["not_evaluated"]
    assert answer.warnings == ["The run's limit of 0.000001 USD for the language model is reached."]
    assert model.received == []


def test_a_limit_on_money_without_prices_lets_nothing_be_asked(model: ScriptedModel) -> None:
    with asking(model.settings(price_in=None, price_out=None), max_cost=5) as (llm, _):
        answer = find_own_fields(context(llm), reading(CONTRACT), wanted(("Fee", "amount")))

    assert "no prices of the language model are configured" in answer.warnings[0]
    assert model.received == []


def test_a_model_that_does_not_keep_to_the_form_leaves_the_rest_standing(model: ScriptedModel) -> None:
    model.plays({"act": "raw", "text": "I found nothing, sorry!"})

    with asking(model.settings()) as (llm, _):
        answer = find_own_fields(context(llm), reading(CONTRACT), wanted(("Fee", "amount")))

    assert [each.status for each in answer.asked] == ["not_evaluated"]
    assert "did not answer in the demanded form, although it was asked 3 times" in answer.asked[0].explanation


def test_shortly_before_the_deadline_nothing_more_is_asked(model: ScriptedModel) -> None:
    with asking(model.settings()) as (llm, _):
        late = context(llm, deadline=time.time() + 5)
        answer = find_own_fields(late, reading(CONTRACT), wanted(("Fee", "amount")))

    assert answer.asked[0].explanation == "The time of the run was up."
    assert model.received == []


def test_parts_that_were_asked_about_are_not_paid_for_twice(model: ScriptedModel) -> None:
    document = reading("The fee is EUR 20.00.\n" + FILLER, FILLER)
    fields = wanted(("Fee", "amount"))
    outage = {"act": "status", "status": 503, "headers": {"Retry-After": "3000"}}
    model.plays({"act": "answer", "arguments": {"found": [found("Fee", "EUR 20.00", "The fee is EUR 20.00")]}}, outage)
    with asking(small(model)) as (llm, _):
        first = context(llm)
        with pytest.raises(RetryableError):
            find_own_fields(first, document, fields)
    (part,) = first.parts
    assert only(own_fields_kept(fields, first.parts)).normalised == "20.00", "shown, should there be no next attempt"

    model.answers(found=[])
    with asking(small(model)) as (llm, _):
        answer = find_own_fields(context(llm, kept=first.parts), document, fields)

    assert len(model.received) == int(part.rpartition(" ")[2]) - 1
    assert only(answer).normalised == "20.00"


def test_two_fields_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="Two fields are named Notice period"):
        ExtractorInput(fields=wanted(("Notice period", "text"), ("notice  PERIOD", "date")))
