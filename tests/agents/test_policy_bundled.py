"""The policies that come with AgentSite: each of their rules passes on a good document, and catches what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
import specimens
from drills import TODAY, reading

from runs.agents.policies import Finding, Subject, bundled_policies, judge, parse_policy, verdict

GOOD: Mapping[str, list[str]] = {
    "contract-basics": [specimens.CONTRACT],
    "data-processing-agreement": [specimens.DPA, specimens.DPA_GERMAN],
    "non-disclosure-agreement": [specimens.NDA, specimens.NDA_GERMAN],
    "invoice-acceptance": [specimens.INVOICE, specimens.INVOICE_GERMAN],
}
FAULTS: Mapping[str, Mapping[str, specimens.Fault]] = {
    "contract-basics": specimens.CONTRACT_FAULTS,
    "data-processing-agreement": specimens.DPA_FAULTS,
    "non-disclosure-agreement": specimens.NDA_FAULTS,
    "invoice-acceptance": specimens.INVOICE_FAULTS,
}
LEFT_OPEN = {("invoice-acceptance", "seller"), ("invoice-acceptance", "buyer")}
"""Rules that leave what is missing to a person."""


def findings(policy: str, text: str) -> dict[str, Finding]:
    subject = Subject(reading(text), today=TODAY)
    return {rule.id: judge(rule, subject) for rule in parse_policy(bundled_policies()[policy]).rules}


@pytest.mark.parametrize(
    ("policy", "text"),
    [(policy, text) for policy, texts in GOOD.items() for text in texts],
    ids=lambda given: given[:12],
)
def test_good_document_keeps_every_rule(policy: str, text: str) -> None:
    found = findings(policy, text)
    assert {rule: finding.explanation for rule, finding in found.items() if finding.status == "fail"} == {}
    assert verdict(found.values()) == "approved"


def test_every_rule_of_every_bundled_policy_is_tried() -> None:
    for name, text in bundled_policies().items():
        assert set(FAULTS[name]) == {rule.id for rule in parse_policy(text).rules}, name


@pytest.mark.parametrize(("policy", "rule"), [(policy, rule) for policy, faults in FAULTS.items() for rule in faults])
def test_rule_passes_on_the_good_document_and_catches_its_fault(policy: str, rule: str) -> None:
    [parsed] = [each for each in parse_policy(bundled_policies()[policy]).rules if each.id == rule]
    wrong, instead = FAULTS[policy][rule]
    good = GOOD[policy][0]
    bad, changed = re.subn(wrong, instead, good, flags=re.MULTILINE)
    assert changed
    before, after = (judge(parsed, Subject(reading(text), today=TODAY)) for text in (good, bad))
    assert before.status in ("pass", "not_applicable"), before.explanation
    assert after.status == ("needs_review" if (policy, rule) in LEFT_OPEN else "fail"), after.explanation
    assert after.remedy
    assert after.why


@pytest.mark.parametrize("policy", GOOD)
def test_document_of_another_kind_is_rejected(policy: str) -> None:
    assert verdict(findings(policy, "Shopping list\n\nMilk, bread, and two pounds of apples.").values()) == "rejected"


def test_exempt_and_small_invoices_need_less() -> None:
    small = re.sub(r"Bill to: .*\n", "", specimens.INVOICE)
    small = small.replace("1,000.00", "100.00").replace("EUR 190.00", "EUR 19.00").replace("1,190.00", "119.00")
    assert findings("invoice-acceptance", small)["buyer"].status == "not_applicable"
    exempt = specimens.INVOICE.replace("VAT 19%: EUR 190.00\n", "VAT: EUR 0.00, reverse charge\n")
    exempt = exempt.replace("1,190.00", "1,000.00")
    found = findings("invoice-acceptance", exempt)
    assert found["tax-rate"].status == "pass"
    assert found["reverse-charge-without-tax"].status in ("pass", "not_applicable")
