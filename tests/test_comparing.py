"""Two runs are held against each other by what their values mean, not by how they are written."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import lifecycle, uploads
from runs.comparing import Comparison, Row, compare, earlier_run
from runs.comparing.values import meaning, shown_apart
from runs.errors import NotComparable
from runs.models import AgentRun, Document, User
from tests import acting

pytestmark = pytest.mark.django_db


def field(name: str, value: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": name.capitalize(), "value": value, "type": kind, "page": 1, "quote": value, **more}


def extracted(user: User, *fields: dict[str, Any], document: Document | None = None, **more: Any) -> AgentRun:
    run = lifecycle.trigger(user, "document-extractor", {"document": str(document.pk)} if document else {})
    output = {"document": {"name": "a.pdf", "pages": 1}, "fields": list(fields), "pages": [], **more}
    return acting.fresh(lifecycle.complete(acting.started(run), "extracted", output, "done"))


def checked(user: User, verdict: str, *findings: dict[str, Any]) -> AgentRun:
    run = lifecycle.trigger(user, "policy-checker", {})
    output = {"verdict": verdict, "findings": list(findings)}
    return acting.fresh(lifecycle.complete(acting.started(run), "approved", output, "done"))


def rehearsed(user: User, output: Any) -> AgentRun:
    run = lifecycle.trigger(user, "rehearsal", {})
    return acting.fresh(lifecycle.complete(acting.started(run), "rehearsed", output, "done"))


def finding(rule: str, status: str, explanation: str = "So.", *quotes: str) -> dict[str, Any]:
    evidence = [{"page": 1, "quote": quote} for quote in quotes]
    return {
        "rule": rule,
        "title": rule.capitalize(),
        "status": status,
        "explanation": explanation,
        "evidence": evidence,
    }


def compared(left: AgentRun, right: AgentRun) -> Comparison:
    return compare(left, right, among=AgentRun.objects.all())


def rows(comparison: Comparison, title: str) -> list[Row]:
    return next(group.rows for group in comparison.groups if group.title == title)


def states(comparison: Comparison, title: str) -> dict[str, str]:
    return {row.name: row.state for row in rows(comparison, title)}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("date", "2026-05-03", "3 May 2026"),
        ("amount", "1234.50", "1234.5"),
        ("amount", "1234.50", "1,234.50"),
        ("identifier", "DE 123-456", "de123456"),
        ("phone", "+49 30 1234", "+49-30-1234"),
        ("email", "A@b.example", "a@b.example"),
        ("url", "https://a.example/", "https://A.example"),
        ("text", "two\n words ", "two words"),
        ("", "2026-05-03T10:00:00Z", "2026-05-03T12:00:00+02:00"),
    ],
)
def test_values_mean_the_same_however_they_are_written(kind: str, one: str, other: str) -> None:
    assert meaning(one, kind) == meaning(other, kind)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("date", "2026-05-03", "2026-03-05"),
        ("amount", "1234.50", "1234.51"),
        ("identifier", "DE123", "DE124"),
        ("text", "Kestrel", "kestrel"),
        ("", "1", "1.0"),
    ],
)
def test_values_that_differ_are_told_apart(kind: str, one: str, other: str) -> None:
    assert meaning(one, kind) != meaning(other, kind)


def test_numbers_are_compared_by_value_and_not_mistaken_for_truths() -> None:
    assert meaning(1) == meaning(1.0)
    assert meaning(10) == meaning(1e1)
    assert meaning("1") != meaning(1)


def test_each_field_is_in_the_state_it_should_be(owner: User) -> None:
    left = extracted(
        owner,
        field("total", "120.50", "amount", currency="EUR"),
        field("due_date", "2026-05-03", "date"),
        field("seller", "Kestrel Ltd"),
        field("iban", "DE1", "identifier"),
        field("reference", "A"),
    )
    right = extracted(
        owner,
        field("total", "120.5", "amount", currency="EUR", quote="120.50"),
        field("due_date", "3 May 2026", "date", quote="Due 3 May"),
        field("seller", "Kestrel Limited"),
        field("reference", "A"),
        field("bic", "ABC"),
    )
    comparison = compared(left, right)

    assert states(comparison, "Values") == {
        "total": "same",
        "due_date": "other_evidence",
        "seller": "changed",
        "iban": "only_left",
        "reference": "same",
        "bic": "only_right",
    }
    assert comparison.counts == {"same": 4, "other_evidence": 1, "changed": 1, "only_left": 1, "only_right": 1}
    assert (comparison.row_count, comparison.change_count) == (8, 4)
    seller = next(row for row in rows(comparison, "Values") if row.name == "seller")
    assert seller.left is not None
    assert seller.right is not None
    assert (seller.left.text, seller.right.text, seller.left.page) == ("Kestrel Ltd", "Kestrel Limited", 1)
    assert [group.title for group in comparison.changes()] == ["Values"]


def test_values_of_version_1_are_compared_with_those_of_today(owner: User) -> None:
    old = field("total", "1190.00", "amount", currency="EUR", raw="1.190,00 €", quote="Summe 1.190,00 €")
    new = {**old, "value": "1.190,00 €", "normalised": "1190.00"}
    new.pop("raw")
    comparison = compared(extracted(owner, old), extracted(owner, new))
    assert states(comparison, "Values") == {"total": "same"}


def test_the_order_of_values_says_nothing_and_leftovers_are_not_paired_by_guess(owner: User) -> None:
    amounts = [field("amount", value, "amount") for value in ("1", "2", "3", "4")]
    other = [field("amount", value, "amount") for value in ("3", "1", "7", "8")]
    comparison = compared(extracted(owner, *amounts), extracted(owner, *other))
    assert [row.state for row in rows(comparison, "Values")] == [
        "same", "same", "only_left", "only_left", "only_right", "only_right",
    ]  # fmt: skip


def test_another_currency_is_a_change(owner: User) -> None:
    one, other = (extracted(owner, field("total", "5", "amount", currency=currency)) for currency in ("EUR", "USD"))
    assert states(compared(one, other), "Values") == {"total": "changed"}


def test_rules_are_compared_by_verdict_reason_and_evidence(owner: User) -> None:
    left = checked(
        owner,
        "rejected",
        finding("parties", "pass", "Both are named.", "Kestrel"),
        finding("term", "fail", "No term."),
        finding("law", "pass", "German law.", "law of Germany"),
        finding("old", "pass"),
    )
    right = checked(
        owner,
        "approved",
        finding("term", "pass", "Two years.", "two years"),
        finding("law", "pass", "German  law.", "German law applies"),
        finding("parties", "pass", "Both are named.", "Kestrel"),
        finding("new", "not_applicable"),
    )
    comparison = compared(left, right)
    assert states(comparison, "Verdict") == {"verdict": "changed"}
    assert states(comparison, "Rules") == {
        "parties": "same",
        "term": "changed",
        "law": "other_evidence",
        "old": "only_left",
        "new": "only_right",
    }


def test_any_other_json_is_compared_leaf_by_leaf(owner: User) -> None:
    left = {"a": {"b": 1, "c": "x  y"}, "list": [1, 2], "rows": [{"id": 1, "v": "p"}, {"id": 2, "v": "q"}], "gone": 0}
    right = {"a": {"b": 1.0, "c": "x y"}, "list": [2, 1], "rows": [{"id": 2, "v": "Q"}, {"id": 1, "v": "p"}], "new": 0}
    comparison = compared(rehearsed(owner, left), rehearsed(owner, right))
    assert states(comparison, "Output") == {
        "a.b": "same",
        "a.c": "same",
        "list": "same",
        "rows.1.v": "same",
        "rows.2.v": "changed",
        "gone": "only_left",
        "new": "only_right",
    }


@pytest.mark.parametrize("output", [[], [[1, [2]], {"a": [{}]}], "text", 0, {"a": {"b": {"c": [None]}}}, {"": ""}])
def test_any_shape_can_be_compared_with_any(owner: User, output: Any) -> None:
    one, other = rehearsed(owner, output), rehearsed(owner, {"a": [1, {"x": [[]]}]})
    assert compared(one, one_like(one)).change_count == 0
    assert compared(one, other).row_count > 0


def one_like(run: AgentRun) -> AgentRun:
    return rehearsed(run.user, run.output)


def test_long_texts_are_shown_from_where_they_differ() -> None:
    left, right = shown_apart("word " * 200 + "left end", "word " * 200 + "right end")
    assert left.endswith("left end")
    assert right.startswith("… ")
    assert len(left) < 300


def test_a_run_without_output_leaves_one_side_empty(owner: User) -> None:
    done = extracted(owner, field("total", "5"))
    attempt = acting.started(lifecycle.trigger(owner, "document-extractor", {}))
    failed = acting.fresh(lifecycle.fail(attempt, "invalid_input", "No."))  # type: ignore[arg-type]
    comparison = compared(failed, done)
    assert comparison.without_output == [failed]
    assert states(comparison, "Values") == {"total": "only_right"}


def test_what_cannot_be_compared_is_refused(owner: User) -> None:
    one, other = extracted(owner), rehearsed(owner, {})
    with pytest.raises(NotComparable, match="Document extractor, the other of Rehearsal"):
        compared(one, other)
    with pytest.raises(NotComparable, match="one and the same"):
        compared(one, one)


def test_the_last_runs_say_how_stable_a_value_is(owner: User) -> None:
    document = uploads.keep(ContentFile(b"Words.", name="words.txt"), owner)

    def run(total: str) -> AgentRun:
        return extracted(owner, field("total", total), field("seller", "Kestrel"), document=document)

    first, second = run("1"), run("2")
    assert rows(compared(first, second), "Values")[0].stability == ""
    run("2")
    fourth = run("3")
    found = {row.name: row.stability for row in rows(compared(first, fourth), "Values")}
    assert found == {"total": "Changed 2 times in the last 4 runs of this document.", "seller": ""}


def test_the_earlier_run_is_the_one_repeated_else_the_last_like_it(owner: User, stranger: User) -> None:
    every = AgentRun.objects.all()
    first, second = extracted(owner), extracted(owner)
    extracted(stranger)
    again = lifecycle.rerun(first, by=owner)
    assert earlier_run(second, among=every) == first
    assert earlier_run(again, among=every) == first
    assert earlier_run(first, among=every) is None
