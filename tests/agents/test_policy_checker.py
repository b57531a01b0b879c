"""The policy checker, from a document to a verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from PIL import Image
from recording import RecordingContext, document_file

from runs.agents.base import Answer, FatalError, UnreadableDocument
from runs.agents.policies import bundled_policies, parse_policy
from runs.agents.policy_checker import CheckOutput, PolicyChecker
from runs.documents import read

CHECKER = PolicyChecker()


def check(context: RecordingContext, **given: Any) -> Answer[CheckOutput]:
    return CHECKER.run(context, CHECKER.Input(**given))


def sample() -> RecordingContext:
    assert CHECKER.sample is not None
    return RecordingContext(document=document_file(CHECKER.sample))


def text_document(folder: Path, text: str) -> RecordingContext:
    path = folder / "contract.txt"
    path.write_text(text, encoding="utf-8")
    return RecordingContext(document=document_file(path))


def policy(*rules: Mapping[str, Any]) -> dict[str, Any]:
    """Give a policy as the worker hands it over."""
    return {
        "name": "drill",
        "version": 3,
        "title": "Drill",
        "rules": [{"id": f"rule-{number}", "title": f"Rule {number}", **rule} for number, rule in enumerate(rules, 1)],
    }


def require(phrase: str, severity: str = "mandatory") -> dict[str, Any]:
    return {"kind": "require", "phrases": [phrase], "severity": severity}


def test_sample_is_approved_and_one_advisory_rule_fails() -> None:
    context = sample()
    answer = check(context)
    assert answer.result == "approved"
    assert answer.summary == "1 of 16 rules failed (advisory)"
    output = answer.output
    assert (output.verdict, output.policy.name, output.policy.version) == ("approved", "contract-basics", 1)
    assert (output.document.name, output.document.pages) == ("service-agreement.pdf", 3)
    assert output.document.sha256 == context.document.sha256  # type: ignore[union-attr]
    assert [finding.rule for finding in output.findings if finding.status == "fail"] == ["force-majeure"]
    assert sum(output.counts.values()) == len(output.findings) == 16


def test_every_quote_of_the_sample_stands_on_its_page_within_its_boxes() -> None:
    answer = check(sample())
    assert CHECKER.sample is not None
    pages = {page.number: page for page in read(CHECKER.sample).pages}
    evidence = [evidence for finding in answer.output.findings for evidence in finding.evidence]
    assert len(evidence) > 20
    for item in evidence:
        page = pages[item.page]
        assert item.quote in " ".join(page.text.split())
        assert len(item.quote) <= 300
        assert item.boxes
        for box in item.boxes:
            assert 0 <= box.left < box.right <= page.width
            assert 0 <= box.top < box.bottom <= page.height


def test_sample_is_small_enough_to_ship() -> None:
    assert CHECKER.sample is not None
    assert CHECKER.sample.stat().st_size < 40_000


def test_run_is_told_in_steps_and_progress_that_never_goes_back() -> None:
    context = sample()
    check(context)
    assert context.steps[0] == "Reading service-agreement.pdf"
    assert context.steps[1] == "Rule 1 of 16: The parties are named"
    assert context.percents == sorted(context.percents)
    assert context.percents[-1] == 100
    assert any(level == "warning" and line.startswith("force-majeure: fail.") for level, line in context.lines)


@pytest.mark.parametrize(
    ("rules", "result", "verdict", "summary"),
    [
        ([require("law"), require("court")], "approved", "approved", "All 2 rules passed"),
        ([require("law")], "approved", "approved", "The one rule passed"),
        ([require("law"), require("moon")], "rejected", "rejected", "1 of 2 rules failed"),
        ([require("law"), require("moon", "advisory")], "approved", "approved", "1 of 2 rules failed (advisory)"),
        ([require("law") | {"within": "gone"}], "rejected", "needs_review", "1 needs review"),
        ([require("moon"), require("law") | {"within": "gone"}], "rejected", "rejected", None),
        ([require("law", "advisory") | {"within": "gone"}], "approved", "approved", "1 needs review"),
        (
            [require("law"), require("moon") | {"applies_when": {"phrases": ["sun"]}}],
            "approved",
            "approved",
            "1 of 2 rules passed, 1 not applicable",
        ),
    ],
)
def test_verdict_follows_from_the_mandatory_rules(
    tmp_path: Path, rules: list[dict[str, Any]], result: str, verdict: str, summary: str | None
) -> None:
    context = text_document(tmp_path, "The law of the land. The courts decide; so does the court.")
    context.policy = policy(*rules)
    answer = check(context, policy="drill")
    assert (answer.result, answer.output.verdict) == (result, verdict)
    assert summary is None or answer.summary == summary
    assert (answer.output.policy.name, answer.output.policy.version) == ("drill", 3)


def test_output_is_plain_json() -> None:
    output = json.loads(json.dumps(check(sample()).output.model_dump(mode="json"), allow_nan=False))
    assert CheckOutput.model_validate(output).model_dump(mode="json") == output


def test_stop_on_request_leaves_no_half_verdict() -> None:
    context = sample()
    context.cancel_after_steps = 4
    with pytest.raises(FatalError, match="before every rule"):
        check(context)
    assert len(context.steps) == 4


def test_unknown_policy_is_refused_for_good() -> None:
    with pytest.raises(FatalError, match="no policy named 'lunar-law'"):
        check(sample(), policy="lunar-law")


def test_stored_rules_that_no_longer_fit_are_named_not_tried_again() -> None:
    context = sample()
    context.policy = policy({"kind": "require", "phrases": []})
    with pytest.raises(FatalError, match="Rule 'rule-1': give at least one phrase"):
        check(context)


def test_missing_document_is_said() -> None:
    with pytest.raises(FatalError, match="no document"):
        check(RecordingContext())


def test_unreadable_document_is_the_documents_fault(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing of the kind")
    with pytest.raises(UnreadableDocument):
        check(RecordingContext(document=document_file(path)))


def test_page_that_is_a_picture_makes_absence_a_question(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    pdf.cell(text="The law of the land applies.")
    pdf.add_page()
    picture = tmp_path / "scan.png"
    Image.new("RGB", (60, 60), "grey").save(picture)
    pdf.image(str(picture), 20, 20, 100, 100)
    path = tmp_path / "half-scan.pdf"
    pdf.output(str(path))
    context = RecordingContext(document=document_file(path))
    context.policy = policy(require("law"), {"kind": "forbid", "phrases": ["unlimited liability"]})
    answer = check(context)
    assert [finding.status for finding in answer.output.findings] == ["pass", "needs_review"]
    assert answer.output.findings[1].explanation.endswith("but page 2 could not be read.")
    assert (answer.result, answer.output.verdict) == ("rejected", "needs_review")
    assert answer.output.warnings


GERMAN = """Dienstleistungsvertrag

zwischen der Nordlicht Daten GmbH, Kiel, (nachfolgend "Auftragnehmer")
und der Ahorn Möbel AG, Zürich, (nachfolgend "Auftraggeber").

1. Laufzeit
Der Vertrag tritt am 1. April 2026 in Kraft und läuft auf unbestimmte Zeit. Er kann mit einer Kündigungsfrist von drei
Monaten gekündigt werden.
2. Vergütung
Rechnungen sind zahlbar innerhalb von 90 Tagen.
3. Haftung
Die Haftung ist begrenzt auf die Jahresvergütung. Bei Vorsatz haftet jede Partei unbeschränkt; im Übrigen haftet der
Auftragnehmer unbeschränkt für Datenverlust.
4. Geheimhaltung
Vertrauliche Informationen bleiben vertraulich.
5. Höhere Gewalt
Keine Partei haftet für höhere Gewalt.
6. Datenschutz
Personenbezogene Daten werden nach der DSGVO verarbeitet.
7. Schlussbestimmungen
Es gilt das Recht der Schweiz. Gerichtsstand ist Zürich.

Ort, Datum: ____________________   Unterschrift: ____________________
"""


def test_contract_basics_reads_german_and_finds_what_is_wrong(tmp_path: Path) -> None:
    answer = check(text_document(tmp_path, GERMAN))
    ends = {finding.rule: finding.status for finding in answer.output.findings}
    assert answer.result == "rejected"
    assert [rule for rule, status in ends.items() if status == "fail"] == ["no-unlimited-liability", "payment-days"]
    assert ends["data-protection"] == ends["force-majeure"] == ends["signatures"] == "pass"


def test_contract_basics_finds_little_in_what_is_no_contract(tmp_path: Path) -> None:
    answer = check(text_document(tmp_path, "Shopping list\n\nMilk, bread, and two pounds of apples.\n"))
    assert answer.result == "rejected"
    assert answer.output.counts["fail"] >= 10


def test_bundled_policies_are_named_as_their_files() -> None:
    policies = {name: parse_policy(text) for name, text in bundled_policies().items()}
    assert "contract-basics" in policies
    for name, rules in policies.items():
        assert rules.name == name
        assert all(rule.why and rule.remedy for rule in rules.rules)


def test_long_document_is_judged_within_the_budget_of_every_rule(tmp_path: Path) -> None:
    clause = "The parties agree on many words. " * 80
    answer = check(text_document(tmp_path, "\n".join(f"{number}. Clause {number}\n{clause}" for number in range(100))))
    assert answer.output.counts["needs_review"] == 0
