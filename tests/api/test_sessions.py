"""``/api/v1/sessions``: where somebody is signed in, for scripts and for the browser itself."""

from __future__ import annotations

from django.test import Client

from runs.models import BrowserSession, User
from tests.api.scripts import Script, script_of

URL = "/api/v1/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    BrowserSession.objects.filter(session_key=client.session.session_key).update(user_agent=FIREFOX)
    return client


def test_browsers_are_listed_without_what_their_cookies_hold(script: Script, owner: User, stranger: User) -> None:
    here = browser(owner)
    browser(stranger)
    [session] = script.get(URL).json()["sessions"]
    assert list(session) == ["id", "browser", "is_phone", "is_current", "started_at", "last_seen_at"]
    assert (session["browser"], session["is_phone"], session["is_current"]) == ("Firefox on Linux", False, False)
    assert str(here.session.session_key) not in script.get(URL).content.decode()


def test_browser_knows_itself(owner: User) -> None:
    here = browser(owner)
    browser(owner)
    assert [session["is_current"] for session in here.get(URL).json()["sessions"]] == [True, False]


def test_script_signs_one_browser_out(script: Script, owner: User, stranger: User) -> None:
    here = browser(owner)
    [session] = script.get(URL).json()["sessions"]
    assert script_of(stranger).client.delete(f"{URL}/{session['id']}").status_code == 404
    assert script.client.delete(f"{URL}/{session['id']}").status_code == 204
    assert here.get("/").status_code == 302
    assert script.client.delete(f"{URL}/{session['id']}").status_code == 404


def test_script_signs_all_browsers_out_and_goes_on(script: Script, owner: User, stranger: User) -> None:
    browsers, other = [browser(owner), browser(owner)], browser(stranger)
    assert script.client.delete(URL).json() == {"ended_count": 2}
    assert [each.get("/").status_code for each in [*browsers, other]] == [302, 302, 200]
    assert script.get(URL).json() == {"sessions": []}


def test_cookie_beside_a_token_counts_for_nothing(owner: User) -> None:
    script = script_of(owner)
    script.client.force_login(owner)
    [session] = script.get(URL).json()["sessions"]
    assert session["is_current"] is False
    assert script.client.delete(URL).json() == {"ended_count": 1}
