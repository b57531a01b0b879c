"""Every way the site says no: what happened, whose fault it is, what is lost, what to do."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path, reverse
from pytest_django import Settings

from agentsite.urls import handler400, handler500, urlpatterns  # noqa: F401  This module is a URLconf, too.
from runs.errors import AgentSiteError, TookTooLong
from runs.models import User
from runs.views import RefusalsMiddleware
from runs.views.refusals import refused
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

QUESTIONS = ["Whose fault", "Lost", "What to do"]


class TooOften(AgentSiteError):
    status = 429
    retry_after_seconds = 7


def sleeps(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 20")
        try:
            cursor.execute("SELECT pg_sleep(5)")
        finally:
            cursor.execute("SET statement_timeout = 30000")
    return HttpResponse()


def breaks(request: HttpRequest) -> HttpResponse:
    raise {"forbidden": PermissionDenied, "fault": ZeroDivisionError, "outage": OperationalError}[request.GET["by"]]


urlpatterns = [*urlpatterns, path("sleeps/", sleeps), path("breaks/", breaks)]


def answers_everything(response: HttpResponse) -> bool:
    asked = [each.get_text() for each in soup(response).select(".refused dt")]
    answered = [each.get_text(strip=True) for each in soup(response).select(".refused dd")]
    return asked == QUESTIONS and all(answered) and bool(soup(response).select(".refused h1, .refused .lead"))


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        ("/nowhere/", 404, "There is nothing here"),
        ("/breaks/?by=forbidden", 403, "You may not do this"),
        ("/breaks/?by=fault", 500, "Something went wrong on our side"),
        ("/breaks/?by=outage", 503, "The database cannot be reached"),
    ],
)
def test_each_page_answers_what_people_ask(owner: User, url: str, status: int, sentence: str) -> None:
    page = signed_in(owner)
    page.raise_request_exception = False
    page.cookies["theme"] = "dark"
    response = page.get(url)
    assert response.status_code == status
    assert sentence in text(response)
    assert answers_everything(response)
    html = soup(response).html
    assert html is not None
    assert html["data-theme"] == "dark"


@pytest.mark.urls(__name__)
def test_a_fault_of_ours_is_told_with_what_the_log_knows_it_by(owner: User) -> None:
    page = signed_in(owner)
    page.raise_request_exception = False
    response = page.get("/breaks/?by=fault", headers={"X-Request-ID": "edge-7f3a"})
    assert "that it was the request edge-7f3a" in text(response)


@pytest.mark.parametrize("status", [403, 404, 409, 422, 429, 503])
def test_each_refusal_of_the_core_has_a_page(owner: User, status: int) -> None:
    request = RequestFactory().get("/")
    request.user = owner
    refusal = AgentSiteError("This is why.")
    refusal.status = status
    response = refused(request, refusal)
    assert response.status_code == status
    assert "This is why." in text(response)
    assert answers_everything(response)


def test_a_page_says_when_to_come_back(owner: User) -> None:
    request = RequestFactory().get("/")
    request.user = owner
    response = refused(request, TooOften("Slowly."))
    assert (response.status_code, response["Retry-After"]) == (429, "7")
    assert "Wait 7 s" in text(response)


@pytest.mark.urls(__name__)
@pytest.mark.django_db(transaction=True)
def test_a_query_that_took_too_long_is_not_called_an_outage(owner: User) -> None:
    page = signed_in(owner)
    page.raise_request_exception = False
    response = page.get("/sleeps/")
    assert response.status_code == 503
    assert "took too long" in text(response)
    assert "reached" not in text(response)


def test_a_refusal_for_slowness_has_its_page(owner: User) -> None:
    request = RequestFactory().get("/")
    request.user = owner
    assert soup(refused(request, TookTooLong())).select_one("#_slow")


def test_a_form_that_is_too_large_is_called_so(client: Client, db: None, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.post(reverse("login"), {"username": "x" * 200})
    assert response.status_code == 413
    assert answers_everything(response)


def test_an_upload_beyond_the_limit_is_refused_before_it_is_kept(page: Client, settings: Settings) -> None:
    settings.DOCUMENT_LIMIT_MB = 1
    body = b"x" * (2 * 1024 * 1024 + 1)
    response = page.generic("POST", reverse("agent", args=["document-extractor"]), body, "multipart/form-data")
    assert response.status_code == 413
    assert "a document may have 1 MB" in text(response)
    assert answers_everything(response)


def test_a_host_that_is_not_ours_gets_a_page_without_links_into_the_dark(client: Client, db: None) -> None:
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert answers_everything(response)
    assert client.get("/api/v1/runs", headers={"host": "elsewhere.example"}).json()["code"] == "unreadable"


def test_the_middleware_lets_the_api_answer_for_itself() -> None:
    middleware = RefusalsMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/api/v1/runs"), AgentSiteError("no")) is None
