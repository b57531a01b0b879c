"""Where receipts are handed out: the run's page and the API, to whoever may see what is in the run."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from runs import access, receipts
from runs.models import AgentRun, User
from runs.receipts import read_receipt
from tests import acting
from tests.api.scripts import script_of
from tests.partial.staging import unfinished
from tests.receipts.staging import HOSTILE, checked

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(owner: User) -> AgentRun:
    return checked(owner)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", ["run_receipt", "run_receipt_page"])
def test_the_runs_page_leads_to_a_file_that_is_whole(owner: User, run: AgentRun, name: str) -> None:
    client = browser(owner)
    link = reverse(name, args=[run.pk])
    assert link in client.get(reverse("run", args=[run.pk])).content.decode()

    response = client.get(link)

    assert response["Content-Disposition"].startswith('attachment; filename="receipt-')
    assert receipts.verify(read_receipt(response.content)).is_untouched


@pytest.mark.parametrize("path", ["receipt", "receipt.html"])
def test_the_api_gives_the_same(owner: User, run: AgentRun, path: str) -> None:
    answer = script_of(owner).get(f"/api/v1/runs/{run.pk}/{path}")

    assert (
        answer["Content-Disposition"]
        == f'attachment; filename="run-{run.pk}.{"receipt.json" if path == "receipt" else path}"'
    )
    assert read_receipt(answer.content).value == receipts.receipt_of(run)


def test_an_unfinished_run_has_one_too_and_one_that_goes_on_has_not(owner: User) -> None:
    assert browser(owner).get(reverse("run_receipt", args=[unfinished(owner).pk])).status_code == 200
    running = acting.running(owner)
    assert b"receipt" not in browser(owner).get(reverse("run", args=[running.pk])).content
    answer = script_of(owner).get(f"/api/v1/runs/{running.pk}/receipt")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_receipt")


def test_a_receipt_is_content_that_an_operator_sees_with_a_reason(owner: User, operator: User, run: AgentRun) -> None:
    client, link = browser(operator), reverse("run_receipt", args=[run.pk])
    assert client.get(link).status_code == 403

    access.open_run(operator, run.pk, "The owner has asked.")

    assert read_receipt(client.get(link).content).content["events"][-1]["kind"] == "opened"


class TestPage:
    def test_it_says_what_people_ask_and_carries_its_data(self, run: AgentRun) -> None:
        text = receipts.page_of(receipts.receipt_of(run))
        page = BeautifulSoup(text, "lxml")

        words = " ".join(page.get_text(" ").split())
        for word in (
            str(run.pk),
            "contract.pdf",
            "contract-basics",
            run.policy_hash,
            "completed",
            receipts.public_key(),
        ):
            assert word in words
        assert run.output is not None
        assert len(page.select("table")[0].select("tbody tr")) == len(run.output["findings"])
        assert read_receipt(text.encode()).value == receipts.receipt_of(run)

    def test_nothing_of_a_document_is_anything_but_text(self, run: AgentRun) -> None:
        text = receipts.page_of(receipts.receipt_of(run))
        page = BeautifulSoup(text, "lxml")

        assert not page.select("script, img, iframe, object, b, [onclick], [onload]")
        assert not re.search(r"(src|href)=", text), "it needs nothing from anywhere"
        assert "default-src 'none'" in text
        data = page.select_one("#receipt-data")
        assert data is not None
        assert HOSTILE in str(read_receipt(text.encode()).content["outcome"]["output"]["warnings"][0])

    def test_it_is_the_same_each_time(self, run: AgentRun) -> None:
        receipt = receipts.receipt_of(run)

        assert receipts.page_of(receipt) == receipts.page_of(receipt)

    def test_a_run_without_output_has_a_page(self, owner: User) -> None:
        page = receipts.page_of(receipts.receipt_of(acting.failed(owner)))

        assert receipts.verify(read_receipt(page.encode())).is_untouched

    def test_half_a_run_says_so_at_the_top(self, owner: User) -> None:
        page = BeautifulSoup(receipts.page_of(receipts.receipt_of(unfinished(owner))), "lxml")

        status = page.select_one("header .status")
        assert status is not None
        assert status.get_text(" ", strip=True) == "failed · partial: 2 of 5 steps"
