"""Who gets through which door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from runs import access, lifecycle, uploads
from runs.models import AgentRun, User
from tests import acting
from tests.pages.reading import soup, text, upload

OPEN_TO_ALL_SIGNED_IN = [
    reverse("home"),
    reverse("home_update"),
    reverse("runs"),
    reverse("runs_update"),
    reverse("active_runs"),
    reverse("agent", args=["document-extractor"]),
    reverse("agent", args=["policy-checker"]),
    reverse("agent", args=["rehearsal"]),
    reverse("agent_history", args=["rehearsal"]),
    reverse("password_change"),
    reverse("profile"),
    reverse("webhooks"),
    reverse("password_change_done"),
]
NOT_PAGES = [reverse("stream"), reverse("stream") + "?shows=home"]
OF_ONE_RUN = ["run", "run_conflict", "run_update", "run_log", "run_output"]
CHANGING = ["run_cancel", "run_force_stop", "run_rerun", "run_draft"]


@pytest.fixture
def run(owner: User) -> AgentRun:
    return acting.completed(owner)


@pytest.mark.parametrize("url", [*OPEN_TO_ALL_SIGNED_IN, *NOT_PAGES])
def test_pages_open_for_whoever_is_signed_in(page: Client, operators_page: Client, url: str) -> None:
    assert page.get(url).status_code == 200
    assert operators_page.get(url).status_code == 200


@pytest.mark.parametrize("url", [*OPEN_TO_ALL_SIGNED_IN, *NOT_PAGES])
def test_pages_send_whoever_is_not_signed_in_to_sign_in(client: Client, db: None, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", OF_ONE_RUN)
def test_a_run_is_seen_by_its_owner_and_operators_only(
    page: Client, operators_page: Client, strangers_page: Client, client: Client, run: AgentRun, name: str
) -> None:
    url = reverse(name, args=[run.pk])
    assert page.get(url).status_code == 200
    assert operators_page.get(url).status_code == 200
    assert strangers_page.get(url).status_code == 404
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("name", CHANGING)
def test_a_stranger_can_not_change_a_run(strangers_page: Client, owner: User, name: str) -> None:
    run = acting.running(owner)
    assert strangers_page.post(reverse(name, args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert (run.status, run.cancel_requested_at) == ("running", None)
    assert AgentRun.objects.count() == 1


@pytest.mark.parametrize("name", [*CHANGING, "logout"])
def test_nothing_changes_by_following_a_link(page: Client, run: AgentRun, name: str) -> None:
    url = reverse(name, args=[] if name == "logout" else [run.pk])
    assert page.get(url).status_code == 405


@pytest.mark.parametrize("name", CHANGING)
def test_a_form_from_elsewhere_is_refused(owner: User, run: AgentRun, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    response = strict.post(reverse(name, args=[run.pk]))
    assert response.status_code == 403
    assert "This form has expired" in text(response)


def test_a_document_goes_to_its_owner_and_with_a_reason_to_operators_only(
    page: Client, operators_page: Client, strangers_page: Client, client: Client, owner: User, operator: User
) -> None:
    document = uploads.keep(upload(), owner)
    url = reverse("document", args=[document.pk])
    assert operators_page.get(url).status_code == 403
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    access.open_run(operator, run.pk, "Its owner has asked.")
    for browser in (page, operators_page):
        response = browser.get(url)
        assert b"".join(response.streaming_content).startswith(b"Invoice")  # type: ignore[attr-defined]
    assert strangers_page.get(url).status_code == 404
    assert client.get(url).status_code == 302


def test_a_document_is_saved_and_never_opened_on_the_site(page: Client, owner: User) -> None:
    hostile = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
    response = page.get(reverse("document", args=[uploads.keep(upload(hostile, "x.html"), owner).pk]))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content) == hostile  # type: ignore[attr-defined]


def test_a_document_whose_file_is_gone_is_not_found(page: Client, owner: User) -> None:
    document = uploads.keep(upload(), owner)
    document.file.storage.delete(document.file.name)
    assert page.get(reverse("document", args=[document.pk])).status_code == 404


def test_the_sample_can_be_looked_at(page: Client) -> None:
    response = page.get(reverse("agent_sample", args=["document-extractor"]))
    assert b"".join(response.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert page.get(reverse("agent_sample", args=["rehearsal"])).status_code == 404


def test_signing_in_and_out(client: Client, owner: User) -> None:
    wrong = client.post(reverse("login"), {"username": "owner", "password": "guess"})
    assert "Please enter a correct username and password" in text(wrong)
    right = client.post(reverse("login"), {"username": "owner", "password": "owner's password", "next": "/runs/"})
    assert right["Location"] == "/runs/"
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302


def test_changing_the_password(page: Client, owner: User) -> None:
    new = "a much better one 4711"
    sent = {"old_password": "owner's password", "new_password1": new, "new_password2": new}
    assert page.post(reverse("password_change"), sent)["Location"] == reverse("password_change_done")
    owner.refresh_from_db()
    assert owner.check_password(new)
    assert page.get(reverse("home")).status_code == 200


def test_only_operators_are_shown_the_admin(page: Client, operators_page: Client) -> None:
    def links(browser: Client) -> list[str]:
        return [str(a["href"]) for a in soup(browser.get(reverse("home"))).select("nav a")]

    assert reverse("admin:index") in links(operators_page)
    assert reverse("admin:index") not in links(page)


@pytest.mark.parametrize(
    ("make", "name"), [(lambda: "/nowhere/", "404"), (lambda: "/agents/nobody/", "404"), (lambda: "/runs/x/", "404")]
)
def test_what_does_not_exist_has_a_page_that_says_so(page: Client, make: Callable[[], str], name: str) -> None:
    response = page.get(make())
    assert response.status_code == 404
    assert "There is nothing here" in text(response)


def test_a_fault_of_ours_has_a_page_that_needs_no_database(client: Client) -> None:
    from django.test import RequestFactory
    from django.views import defaults

    for view in (defaults.server_error, defaults.bad_request):
        arguments = [] if view is defaults.server_error else [Exception()]
        response = view(RequestFactory().get("/"), *arguments)
        assert "AgentSite" in response.content.decode()


def test_a_polling_page_of_somebody_signed_out_is_reloaded_whole(client: Client, db: None) -> None:
    response = client.get(reverse("active_runs"), headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert b"password" not in response.content


@pytest.mark.parametrize("url", [*OPEN_TO_ALL_SIGNED_IN, "/nowhere/"])
def test_no_page_has_inline_code(page: Client, url: str) -> None:
    found = soup(page.get(url))
    assert not [script for script in found.select("script") if not script.get("src")]
    assert not found.select("style, [style], [onclick], [onsubmit], [onload]")


def test_the_patterns_are_for_operators(page: Client, operators_page: Client, client: Client) -> None:
    url = reverse("patterns")
    assert operators_page.get(url).status_code == 200
    assert page.get(url).status_code == 404
    assert client.get(url).status_code == 302
