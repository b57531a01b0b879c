"""What made the site fall over once, found by requests like those of this folder."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from runs.models import User
from tests.wsgi import call, one_connection

BROKEN_FORM = {"Content-Type": "multipart/form-data"}


def session_of(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


@pytest.mark.parametrize("path", ["/", "/api/v1/runs", "/sign-in/"])
def test_too_many_parameters_beside_a_charset_are_a_bad_request(db: None, path: str) -> None:
    with one_connection():
        status, _ = call("POST", path, "a=1&" * 1_500, b"x", {"Content-Type": "text/plain; charset=utf-16"})
    assert 400 <= status < 500


def test_form_that_can_not_be_read_at_an_unknown_address_is_not_found(owner: User) -> None:
    with one_connection():
        assert call("POST", "/runs/0/draft/", "", b"null", {**session_of(owner), **BROKEN_FORM})[0] == 404


def test_form_that_can_not_be_read_where_one_may_not_be_is_forbidden_or_unreadable(operator: User) -> None:
    with one_connection():
        status, _ = call("POST", "/admin/runs/cluster/add/", "", b"null", {**session_of(operator), **BROKEN_FORM})
    assert status in (400, 403)


@pytest.mark.parametrize("path", ["/admin/r/1/1/", "/admin/r/1/%00/", "/admin/r/x/y/"])
def test_admin_leads_to_no_page_of_a_row(operator: User, path: str) -> None:
    with one_connection():
        assert call("GET", path, "", b"", session_of(operator))[0] == 404


def test_form_in_another_charset_is_unreadable(owner: User) -> None:
    # The form is read for the CSRF token, which is looked for where there is a cookie to hold it against.
    cookies = f"{session_of(owner)['Cookie']}; csrftoken={'x' * 32}"
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=latin-1", "Cookie": cookies}
    with one_connection():
        status, body = call("POST", "/api/v1/runs", "", b"null", form)
    assert (status, b'"unreadable"' in body) == (400, True)


def test_day_given_as_a_number_is_refused(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get("/api/v1/runs", {"until": "0"}).status_code == 422
    assert client.get("/runs/", {"since": "1700000000"}).status_code < 500
