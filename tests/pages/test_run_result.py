"""Results as tables: copied, narrowed, saved; and the runs around a run."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs import lifecycle, uploads
from runs.models import AgentRun, User
from runs.sheets import cell, sheet_of
from tests import acting
from tests.pages.reading import soup, text, upload
from tests.pages.test_evidence import checked, extracted


def url(run: AgentRun, name: str = "run", **query: Any) -> str:
    return reverse(name, args=[run.pk], query=query)


def rows(page: Client, run: AgentRun) -> list[list[str]]:
    response = page.get(url(run, "run_result"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_values_are_saved_as_csv_in_the_order_of_their_declaration(page: Client, owner: User) -> None:
    run = extracted(owner)
    header, *lines = rows(page, run)
    assert header[:4] == ["name", "label", "value", "normalised"]
    assert len(lines) == len(run.output["fields"])
    total = dict(zip(header, next(line for line in lines if line[0] == "total"), strict=True))
    assert (total["normalised"], total["currency"], total["grounding"]) == ("6426.63", "EUR", "verified")
    assert (total["value"], total["source"]) == ("EUR 6,426.63", "pattern")
    assert "6,426.63" in total["quote"]


def test_values_stored_by_version_1_are_shown_saved_and_have_evidence(page: Client, owner: User) -> None:
    run = extracted(owner)
    for field in run.output["fields"]:
        field["raw"], field["value"] = field["value"], field.pop("normalised")
        del field["source"]
    del run.output["tables"]
    AgentRun.objects.filter(pk=run.pk).update(output=run.output)
    row = soup(page.get(url(run))).select_one("#_run_result tr:has(td[data-copied='6426.63 EUR'])")
    assert row is not None
    assert "written EUR 6,426.63" in " ".join(row.get_text(" ").split())
    assert "6426.63 EUR" in text(page.get(url(run, tab="evidence")))
    header, *lines = rows(page, run)
    total = dict(zip(header, next(line for line in lines if line[0] == "total"), strict=True))
    assert (total["value"], total["normalised"]) == ("EUR 6,426.63", "6426.63")


def test_line_items_are_a_table_of_their_own(page: Client, owner: User) -> None:
    shown = soup(page.get(url(extracted(owner)))).select_one("#table-1")
    assert shown is not None
    assert [head.get_text() for head in shown.select("th")][-2:] == ["Amount", "Page"]
    assert len(shown.select("tbody tr")) > 1
    assert all(cell["data-copied"] for cell in shown.select("tbody td.numeric"))


def test_findings_are_saved_with_a_line_for_each_place(page: Client, owner: User) -> None:
    run = checked(owner)
    header, *lines = rows(page, run)
    assert header[0] == "rule"
    places = sum(max(len(finding["evidence"]), 1) for finding in run.output["findings"])
    assert len(lines) == places > len(run.output["findings"])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("+353 402 555 0134", "'+353 402 555 0134"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" \t=1", "' \t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-1234.50", "-1234.50"),
        ("1e5", "1e5"),
        (0.1, "0.1"),
        (10**20, "1" + "0" * 20),
        (-3, "-3"),
        (True, "yes"),
        (None, ""),
        (["=1"], '["=1"]'),
        ("plain", "plain"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula_and_numbers_stay_exact(value: Any, written: str) -> None:
    assert cell(value) == written


def test_any_output_makes_a_sheet() -> None:
    assert sheet_of({"a": 1, "rows": [{"x": 1}, {"y": 2}]}) == [["x", "y"], [1, None], [None, 2]]
    assert sheet_of({"a": 1}) == [["name", "value"], ["a", 1]]
    assert sheet_of([1, "b"]) == [["value"], [1], ["b"]]
    assert sheet_of({"fields": "x", "findings": [3]}) == [["name", "value"], ["fields", "x"], ["findings", [3]]]
    assert sheet_of(None) == [["value"], [None]]


def test_a_run_without_output_has_no_csv_and_a_stranger_none_at_all(
    page: Client, strangers_page: Client, owner: User
) -> None:
    assert page.get(url(acting.failed(owner), "run_result")).status_code == 404
    assert strangers_page.get(url(acting.completed(owner), "run_result")).status_code == 404


def test_values_can_be_narrowed_to_the_unverified_and_keep_their_numbers(page: Client, owner: User) -> None:
    run = extracted(owner)
    run.output["fields"][4]["grounding"] = "fuzzy"
    AgentRun.objects.filter(pk=run.pk).update(output=run.output)
    shown = soup(page.get(url(run, tab="result", show="unverified")))
    assert [row["id"] for row in shown.select("#values-table tbody tr")] == ["row-5"]
    chips = [" ".join(chip.get_text(" ").split()) for chip in shown.select(".table-tools .chip")]
    assert chips == [f"All {len(run.output['fields'])}", "Unverified 1"]
    link = shown.select_one("#row-5 a[data-turn]")
    assert link is not None
    assert "finding=5" in str(link["href"])


def test_value_row_and_table_can_be_copied(page: Client, owner: User) -> None:
    shown = soup(page.get(url(extracted(owner))))
    ids = {element["id"] for element in shown.select("[id]")}
    targets = [str(button["data-copy"]) for button in shown.select("#_run_result [data-copy]")]
    assert {"values-table", "value-1", "row-1"} <= set(targets) <= ids
    assert all(button.has_attr("hidden") for button in shown.select("#_run_result [data-copy]"))


def test_a_run_leads_to_its_neighbours_on_the_same_document(page: Client, owner: User, stranger: User) -> None:
    given = {"document": str(uploads.keep(upload(), owner).pk)}
    runs = []
    for _ in range(3):
        runs.append(lifecycle.trigger(owner, "document-extractor", given))
        lifecycle.cancel(runs[-1], by=owner)
    again = lifecycle.rerun(acting.fresh(runs[1]), by=owner)
    shown = soup(page.get(url(runs[1]))).select_one("#_run_related")
    assert shown is not None
    links = {" ".join(a.get_text().split()): str(a["href"]) for a in shown.select("a")}
    assert links["Previous run of this file"] == url(runs[0])
    assert links["Next run of this file"] == url(runs[2])
    assert links["Same file in 3 other runs"].endswith(f"?document={given['document']}")
    assert links[f"Run again as {str(again.pk)[:8]}"] == url(again)
    assert f"Rerun of {str(runs[1].pk)[:8]}" in text(page.get(url(again)))


def test_neighbours_of_others_are_not_seen(page: Client, owner: User, operator: User) -> None:
    run = acting.completed(owner)
    other = acting.pending(operator)
    AgentRun.objects.filter(pk=other.pk).update(rerun_of=run)
    assert not soup(page.get(url(run))).select("#_run_related")
