"""Receipts: what they hold, and that nothing of them can be changed unnoticed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import lifecycle, receipts, uploads
from runs.canonical import sha256_of
from runs.errors import NoReceipt
from runs.models import AgentRun, Status, User
from runs.receipts import NoReceiptHere, read_receipt
from runs.receipts.leaves import leaves
from runs.receipts.sealing import sealed
from tests import acting
from tests.partial.staging import unfinished
from tests.receipts.staging import checked

pytestmark = pytest.mark.django_db


def verdict(value: Any) -> receipts.Verdict:
    """Of a receipt as a file would hold it."""
    return receipts.verify(read_receipt(json.dumps(value).encode()))


def changed(leaf: Any) -> Iterator[Any]:
    """Other values that may stand in a leaf's place, those that differ least first."""
    match leaf:
        case None:
            yield from (False, "")
        case bool():
            yield from (not leaf, int(leaf))
        case int():
            yield from (leaf + 1, str(leaf))
        case float():
            yield from (leaf + 1e-9, str(leaf))
        case "":
            yield from (" ", None)
        case str():
            yield from (leaf + " ", leaf.swapcase() if leaf.swapcase() != leaf else leaf[:-1])
        case _:
            yield from (None, 0)


def put(value: Any, path: tuple[str | int, ...], leaf: Any) -> Any:
    """A copy of ``value`` with ``leaf`` in that place."""
    whole = copy.deepcopy(value)
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = leaf
    return whole


def test_it_holds_what_was_asked_what_came_of_it_and_how(owner: User) -> None:
    run = checked(owner)

    receipt = receipts.receipt_of(run)

    assert (receipt["run"]["id"], receipt["run"]["status"], receipt["run"]["user"]["name"]) == (
        str(run.pk),
        "completed",
        "owner",
    )
    assert run.document is not None
    assert run.policy is not None
    assert receipt["document"]["sha256"] == run.document.sha256
    assert (receipt["policy"]["name"], receipt["policy"]["sha256"]) == (run.policy.name, run.policy.content_hash)
    assert receipt["agent"] == {"name": run.agent, "version": run.agent_version}
    assert receipt["settings"]["run_seconds"] == 120
    assert receipt["outcome"]["output"] == run.output
    assert receipt["outcome"]["output_sha256"] == sha256_of(run.output)
    assert receipt["input"]["sha256"] == sha256_of(run.input)
    assert [event["kind"] for event in receipt["events"]] == ["triggered", "started", "completed"]
    assert receipt["log"]["count"] > 0
    assert receipt["waivers"] == []


def test_the_same_run_gives_the_same_receipt_until_something_happens_to_it(owner: User, operator: User) -> None:
    run = checked(owner)
    first = receipts.text_of(receipts.receipt_of(run))

    assert receipts.text_of(receipts.receipt_of(acting.fresh(run))) == first
    lifecycle.open_content(run, by=operator, reason="The owner has asked.")
    later = receipts.receipt_of(acting.fresh(run))
    assert later["events"][-1]["kind"] == "opened"
    assert later["events"][:-1] == json.loads(first)["events"], "a later receipt goes on from the same chain"


@pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.RUNNING])
def test_a_run_that_goes_on_has_none(owner: User, status: Status) -> None:
    with pytest.raises(NoReceipt):
        receipts.receipt_of(acting.BRING_TO[status](owner))


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_every_ended_run_has_one(owner: User, status: Status) -> None:
    assert verdict(receipts.receipt_of(acting.BRING_TO[status](owner))).is_untouched


def test_that_of_half_a_run_says_so_and_holds_what_there_is(owner: User) -> None:
    run = unfinished(owner)

    outcome = receipts.receipt_of(run)["outcome"]

    assert (outcome["is_partial"], outcome["finished"], outcome["output"]["steps"]) == (True, "2 of 5 steps", 2)
    rest = lifecycle.continue_run(run, by=owner)
    done = lifecycle.complete(acting.started(rest), "rehearsed", {}, "")
    assert receipts.receipt_of(done)["outcome"]["taken_over"] == [{"run": str(run.pk), "parts": ["step 1", "step 2"]}]


class TestTouched:
    def test_an_untouched_one_is_this_sites(self, owner: User) -> None:
        found = verdict(receipts.receipt_of(checked(owner)))

        assert found.is_untouched
        assert found.key == receipts.public_key()

    def test_every_single_leaf_that_is_changed_is_found_and_named(self, owner: User) -> None:
        receipt = receipts.receipt_of(checked(owner, finding_count=1))
        count = 0
        for path, leaf in leaves(receipt):
            for other in changed(leaf):
                if path == ("format",):
                    with pytest.raises(NoReceiptHere):
                        read_receipt(json.dumps(put(receipt, path, other)).encode())
                    continue
                faults = verdict(put(receipt, path, other)).faults
                where = "/seal" if path[0] == "seal" else "/" + "/".join(map(str, path))
                assert any(where in fault for fault in faults), (path, leaf, other, faults)
                count += 1
        assert count > 150

    def test_every_leaf_that_is_taken_out_is_found(self, owner: User) -> None:
        receipt = receipts.receipt_of(checked(owner, finding_count=1))
        for path, _ in leaves(receipt):
            less = copy.deepcopy(receipt)
            inner: Any = less
            for step in path[:-1]:
                inner = inner[step]
            del inner[path[-1]]
            try:
                assert not verdict(less).is_untouched, path
            except NoReceiptHere:
                assert path == ("format",)

    @pytest.mark.parametrize("path", [(), ("run",), ("outcome", "output"), ("events", 0), ("seal",)])
    def test_what_is_put_in_is_found(self, owner: User, path: tuple[Any, ...]) -> None:
        receipt = receipts.receipt_of(checked(owner))
        inner: Any = receipt
        for step in path:
            inner = inner[step]
        inner["approved_by"] = "the director"

        faults = verdict(receipt).faults

        place = "/".join(["", *map(str, path), "approved_by"])
        assert any(("/seal" if path == ("seal",) else place) in fault for fault in faults), faults

    def test_an_event_taken_out_put_in_or_moved_breaks_the_chain_there(self, owner: User) -> None:
        events = receipts.receipt_of(checked(owner))["events"]
        whole = receipts.receipt_of(acting.completed(owner))
        for touched in ([events[0], *events[2:]], [events[0], events[0], *events[1:]], events[::-1]):
            faults = verdict({**whole, "events": touched}).faults
            assert any("does not follow from what stands before it" in fault for fault in faults), faults

    def test_sealing_it_anew_takes_the_sites_key(self, owner: User, settings: Any) -> None:
        receipt = receipts.receipt_of(checked(owner))
        content = put(receipt, ("outcome", "result"), "forged")
        del content["seal"]
        site = receipts.public_key()
        settings.SECRET_KEY = "of somebody else, who has read how it is made, and has a key of their own"
        forged = sealed(content)

        found = verdict(forged)
        assert found.is_untouched, "it is whole in itself"
        assert not found.is_by([site]), "but not of the site"
        forged["seal"]["key"] = site
        assert any("/seal is not what its key has signed" in fault for fault in verdict(forged).faults)

    def test_a_long_list_cut_short_is_told_of_quickly(self) -> None:
        rows = [{"a": None, "b": number % 7} for number in range(30_000)]
        value = sealed({"format": "agentsite-receipt/1", "rows": rows})
        value["rows"] = value["rows"][:100] + value["rows"][400:]

        assert any("gone" in fault or "taken out" in fault for fault in verdict(value).faults)

    def test_an_outcome_replaced_by_another_runs_is_found(self, owner: User) -> None:
        mine = receipts.receipt_of(checked(owner))
        other = receipts.receipt_of(acting.completed(owner))

        assert not verdict({**mine, "outcome": other["outcome"]}).is_untouched
        assert not verdict({**mine, "seal": other["seal"]}).is_untouched


class TestRead:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "no JSON"),
            (b"{", "no JSON"),
            (b"[" * 100_000, "no JSON"),
            (b"\xff\xfe", "no text"),
            (b"{}", "no receipt"),
            (b"[]", "no receipt"),
            (b'{"format": "agentsite-receipt/2", "seal": {}}', "which this AgentSite does not read"),
            (b'{"format": "agentsite-receipt/1"}', "no seal"),
            (b'{"format": "agentsite-receipt/1", "seal": {}, "a": NaN}', "not a JSON number"),
            (b'{"format": "agentsite-receipt/1", "seal": {}, "a": 1e999}', "too large a number"),
            (b'{"format": "agentsite-receipt/1", "seal": {}, "a": 1, "a": 2}', "stands twice"),
            (b"<html></html>", "no receipts' data"),
        ],
    )
    def test_what_is_no_receipt_is_said_to_be_none(self, content: bytes, sentence: str) -> None:
        with pytest.raises(NoReceiptHere, match=sentence):
            read_receipt(content)

    def test_a_name_given_twice_hides_nothing(self, owner: User) -> None:
        text = receipts.text_of(receipts.receipt_of(acting.completed(owner)))
        twice = text.replace('"result": "rehearsed"', '"result": "rejected", "result": "rehearsed"')
        assert twice != text

        with pytest.raises(NoReceiptHere, match="stands twice"):
            read_receipt(twice.encode())

    def test_how_it_is_written_does_not_matter(self, owner: User) -> None:
        receipt = receipts.receipt_of(checked(owner))
        for text in (json.dumps(receipt, sort_keys=True), json.dumps(receipt, indent=7, ensure_ascii=True)):
            assert receipts.verify(read_receipt(text.encode())).is_untouched


def test_a_late_result_is_in_it_by_its_hash(owner: User) -> None:
    run = acting.running(owner)
    lifecycle.force_stop(run, by=owner)
    with pytest.raises(Exception, match="no longer holds"):
        lifecycle.complete(acting.attempt_of(run), "late", {"a": "SECRET"}, "")

    text = receipts.text_of(receipts.receipt_of(acting.fresh(run)))

    assert "late_result" in text
    assert "SECRET" not in text


def test_a_deleted_document_leaves_the_receipt_readable(owner: User) -> None:
    document = uploads.keep(ContentFile(b"A note.", "a.txt"), owner)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    run = lifecycle.cancel(run, by=owner)
    AgentRun.objects.filter(pk=run.pk).update(document=None)

    assert verdict(receipts.receipt_of(acting.fresh(run))).is_untouched
