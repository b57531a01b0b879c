"""Evidence: the page as it looks, what was found on it, and who may see it."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs import access, agents, content_cache, lifecycle, pictures, uploads
from runs.documents import sniff
from runs.models import AgentRun, Document, User
from runs.views.evidence import items_of
from tests import acting
from tests.agents.recording import RecordingContext, document_file
from tests.pages.reading import soup, text, upload

LETTER = b"Kestrel Ltd\nInvoice number: K-2031\nInvoice date: 3 May 2024\nTotal due: EUR 120.50\n"


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path, settings: Any) -> None:
    settings.PICTURES_DIR = tmp_path / "pictures"


def url(run: AgentRun, **query: Any) -> str:
    return reverse("run", args=[run.pk], query={"tab": "evidence", **query})


def png(run: AgentRun, page: int, width: int = 400) -> str:
    return reverse("run_page", args=[run.pk, page], query={"width": width})


def extracted(owner: User, content: bytes = b"", name: str = "letter.txt") -> AgentRun:
    """A run of the extractor that has really read the document, or the sample."""
    return _done(owner, "document-extractor", content, name)


def checked(owner: User) -> AgentRun:
    return _done(owner, "policy-checker", b"", "")


def _done(owner: User, agent: str, content: bytes, name: str) -> AgentRun:
    document = uploads.keep(upload(content, name), owner) if content else None
    run = lifecycle.trigger(owner, agent, {"document": str(document.pk)} if document else {})
    sample = agents.get(agent).sample
    assert sample is not None
    path = Path(document.file.path) if document else sample
    chosen = agents.get(agent)
    answer = chosen.run(RecordingContext(document=document_file(path)), chosen.Input())
    return lifecycle.complete(acting.started(run), "extracted", answer.output.model_dump(mode="json"))


def picked(response: Any) -> list[str]:
    return [str(each["data-item"]) for each in soup(response).select("#_run_evidence [data-item][aria-current]")]


def test_a_value_has_its_box_on_the_picture_of_its_page(page: Client, owner: User) -> None:
    shown = soup(page.get(url(extracted(owner))))
    svg = shown.select_one(".sheet svg")
    assert svg is not None
    _, _, width, height = map(float, str(svg["viewbox"]).split())
    assert width == pytest.approx(595, abs=1)
    items = {str(li["data-item"]) for li in shown.select(".evidence-items li")}
    highlights = shown.select(".sheet a.highlight")
    assert {str(each["data-item"]) for each in highlights} == items
    for each in highlights:
        rect = each.select_one("rect")
        assert rect is not None
        assert 0 <= float(str(rect["x"])) < float(str(rect["x"])) + float(str(rect["width"])) <= width
        assert 0 <= float(str(rect["y"])) < float(str(rect["y"])) + float(str(rect["height"])) <= height
        assert str(each["aria-label"]).endswith("verified")


def test_picking_works_both_ways_without_scripts(page: Client, owner: User) -> None:
    run = extracted(owner)
    shown = soup(page.get(url(run)))
    item = shown.select_one(".evidence-items li a[data-place]")
    assert item is not None
    assert str(item["href"]).endswith("#place-1")
    assert picked(page.get(str(item["href"]))) == ["1", "1"]
    place = shown.select_one("#place-4")
    assert place is not None
    assert str(place["href"]).endswith("#item-4")
    assert picked(page.get(str(place["href"]))) == ["4", "4"]


def test_the_result_links_every_value_to_its_place(page: Client, owner: User) -> None:
    run = extracted(owner)
    links = soup(page.get(reverse("run", args=[run.pk]))).select("#_run_result a.page-mark")
    assert len(links) > 10
    assert picked(page.get(str(links[2]["href"]))) == ["3", "3"]


def test_a_findings_places_are_shown_page_by_page(page: Client, owner: User) -> None:
    run = checked(owner)
    first = soup(page.get(url(run)))
    assert "Page 1 of 3" in first.get_text()
    assert [chip.get_text().split()[0] for chip in first.select(".page-strip a")] == ["1", "2", "3"]
    last = soup(page.get(url(run, page=3)))
    assert "Page 3 of 3" in last.get_text()
    assert {li["id"] for li in last.select(".evidence-items li")} != {
        li["id"] for li in first.select(".evidence-items li")
    }
    assert last.select(".highlight")
    assert not last.select("a[rel=next]")


@pytest.mark.parametrize("query", [{"page": 99}, {"page": "x"}, {"finding": 999}, {"zoom": 7}, {"finding": "²"}])
def test_nonsense_in_the_address_shows_some_page(page: Client, owner: User, query: dict[str, Any]) -> None:
    response = page.get(url(checked(owner), **query))
    assert response.status_code == 200
    assert "of 3" in text(response)


def test_a_text_is_shown_with_the_values_marked_also_where_they_overlap(page: Client, owner: User) -> None:
    response = page.get(url(extracted(owner, LETTER), finding=3))
    shown = soup(response)
    frame = shown.select_one(".sheet-text")
    assert frame is not None
    assert frame.get_text() == LETTER.decode().strip()
    marks = {mark.get_text(): str(mark["data-item"]) for mark in frame.select("mark")}
    assert marks["K-2031"] == "1"
    # "EUR" shows the currency, and the total together with the amount.
    assert marks["EUR"].split() == ["4", "3"]
    assert marks[" 120.50"] == "3"
    assert shown.select_one("#place-3")
    assert not shown.select(".sheet img")


@pytest.mark.parametrize(
    "output",
    [
        None,
        [],
        {"fields": [{"x": 1}]},
        {"fields": ["x"]},
        {"findings": [{"title": "t"}]},
        {"fields": [], "pages": [1]},
    ],
)
def test_an_output_of_another_shape_has_no_evidence(page: Client, owner: User, output: Any) -> None:
    assert items_of(output) == []
    run = acting.completed(owner)
    AgentRun.objects.filter(pk=run.pk).update(output=output)
    assert "names no places in a document" in text(page.get(url(run)))


def test_hostile_text_of_a_document_is_only_text(page: Client, owner: User) -> None:
    run = extracted(owner, b"Invoice number: K-1\n<script>alert('x')</script>\nTotal due: EUR 1.00\n")
    assert b"<script>alert" not in page.get(url(run)).content


def test_boxes_that_were_not_kept_are_found_again(page: Client, owner: User) -> None:
    run = extracted(owner)
    for field in run.output["fields"]:
        field["boxes"] = []
    AgentRun.objects.filter(pk=run.pk).update(output=run.output)
    assert len(soup(page.get(url(run))).select(".highlight")) > 10


def test_a_deleted_document_leaves_the_text_and_says_so(page: Client, owner: User) -> None:
    run = extracted(owner, LETTER)
    Document.objects.all().delete()
    response = page.get(url(run))
    assert "has been deleted. This is the text that the agent has kept" in text(response)
    assert soup(response).select(".sheet-text mark")
    assert page.get(png(run, 1)).status_code == 404


def test_a_document_that_is_not_the_one_that_was_read_is_not_shown(page: Client, owner: User) -> None:
    run = extracted(owner)
    run.output["document"]["sha256"] = "0" * 64
    AgentRun.objects.filter(pk=run.pk).update(output=run.output)
    assert "no longer the one this run has read" in text(page.get(url(run)))


def test_a_page_is_drawn_once_at_few_widths_and_kept_by_the_browser(page: Client, owner: User, settings: Any) -> None:
    run = extracted(owner)
    response = page.get(png(run, 1, 390))
    assert response["Content-Type"] == "image/png"
    assert struct.unpack(">I", response.content[16:20])[0] == 400
    assert "immutable" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    kept = list(Path(settings.PICTURES_DIR).glob("*/*.png"))
    assert len(kept) == 1
    kept[0].write_bytes(b"kept")
    assert page.get(png(run, 1, 400)).content == b"kept"
    again = page.get(png(run, 1, 400), headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("number", [0, 2, 99999, 10**9])
def test_a_page_that_is_not_there_is_refused(page: Client, owner: User, number: int) -> None:
    run = extracted(owner)
    assert page.get(f"/runs/{run.pk}/pages/{number}.png").status_code in (404, 422)


def test_pages_are_seen_by_who_may_see_the_run(
    page: Client, strangers_page: Client, operators_page: Client, owner: User, operator: User
) -> None:
    run = extracted(owner)
    etag = page.get(png(run, 1))["ETag"]
    assert operators_page.get(png(run, 1)).status_code == 403
    access.open_run(operator, run.pk, "Its owner has asked.")
    assert operators_page.get(png(run, 1))["Cache-Control"] == "private, no-store"
    assert strangers_page.get(png(run, 1)).status_code == 404
    assert strangers_page.get(png(run, 1), headers={"If-None-Match": etag}).status_code == 404
    assert Client().get(png(run, 1)).status_code == 302


def test_a_damaged_document_is_refused_in_words_and_not_tried_again_at_once(tmp_path: Path, settings: Any) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + b"\x00\xff" * 500)
    original = pictures.Original(broken, "broken.pdf", "application/pdf", "b" * 64)
    for _ in range(2):
        with pytest.raises(pictures.PageNotShown, match="damaged"):
            pictures.picture(original, 1, 400)
        broken.unlink(missing_ok=True)
    assert not list(Path(settings.PICTURES_DIR).glob("*/*.png"))


def test_what_was_looked_at_least_lately_is_forgotten_first(tmp_path: Path) -> None:
    sample = agents.get("document-extractor").sample
    assert sample is not None
    original = pictures.Original(sample, sample.name, sniff(sample), "c" * 64)
    first = pictures.picture(original, 1, 400)
    second = pictures.picture(original, 1, 800)
    os.utime(first, (1, 1))
    content_cache.forget_oldest(second.stat().st_size)
    assert not first.exists()
    assert second.exists()
