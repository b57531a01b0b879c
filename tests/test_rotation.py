"""``SECRET_KEY`` is changed while people are signed in and watch: nobody notices, as long as the former is accepted.

What waits in the queue meanwhile: ``tests/clusters/test_sharing.py``. Webhooks' secrets: ``tests/webhooks``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from runs.live import Application
from runs.models import SavedInput, User
from runs.views.fragments import render
from tests import acting
from tests.live.viewing import Viewer, play, url_of_run
from tests.pages.reading import control
from tests.sites import ROOT

NEW = "a key that nobody has seen before, and that is long enough"


def rotate(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW


def forget(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = []


def sign_in() -> Client:
    client = Client()
    client.post("/sign-in/", {"username": "owner", "password": "owner's password"})
    assert client.get("/").status_code == 200
    return client


def test_who_is_signed_in_stays_so_and_is_carried_over(owner: User, settings: Any) -> None:
    browser = sign_in()

    rotate(settings)
    assert browser.get("/").status_code == 200

    # What was used meanwhile is under the new key by now: the former can go.
    forget(settings)
    assert browser.get("/").status_code == 200


def test_who_was_away_until_the_former_key_was_dropped_signs_in_again(owner: User, settings: Any) -> None:
    browser = sign_in()

    rotate(settings)
    forget(settings)

    assert browser.get("/").status_code == 302


def test_a_form_that_lay_open_is_received_and_kept(owner: User, settings: Any) -> None:
    """Its token against forgery is under no key; whose form it was, is."""
    browser = sign_in()
    form_of = control(browser.get("/agents/rehearsal/"), "form-of")["value"]

    rotate(settings)
    Client().post("/agents/rehearsal/", {"form-of": form_of, "act": "succeed", "steps": "7"})

    assert SavedInput.objects.get(user=owner).input["steps"] in (7, "7")


@pytest.mark.django_db(transaction=True)
def test_streams_opened_by_an_address_from_before_go_on(owner: User, settings: Any) -> None:
    url = url_of_run(acting.running(owner))

    async def opens(live: Application) -> None:
        viewer = Viewer(live, url)
        await viewer.until("run", bool)
        assert viewer.status == 200
        await viewer.leave()

    async def is_refused(live: Application) -> None:
        viewer = Viewer(live, url)
        await viewer.rest()
        assert viewer.status in (401, 403, 404)

    rotate(settings)
    play(opens, render)
    forget(settings)
    play(is_refused, render)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL"])
def test_each_secret_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    values = {
        "SECRET_KEY": "Vq3x-9sLd_72hTnWcRz0yKfB6uMgJ4eAoPiX8vS1kQ5wZtDbNm",
        "SECRET_KEY_FALLBACKS": "5wZtDbNmVq3x-9sLd_72hTnWcRz0yKfB6uMgJ4eAoPiX8vS1kQ",
        "DATABASE_URL": "postgresql://me:secret@db.example.org/runs",
    }
    (tmp_path / "secret").write_text(values[name])
    expression = {
        "SECRET_KEY": "settings.SECRET_KEY",
        "SECRET_KEY_FALLBACKS": "settings.SECRET_KEY_FALLBACKS[0]",
        "DATABASE_URL": "'postgresql://me:{PASSWORD}@{HOST}/{NAME}'.format(**settings.DATABASES['default'])",
    }[name]
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    environment[f"{name}_FILE"] = str(tmp_path / "secret")
    done = subprocess.run(
        [sys.executable, "-c", f"from agentsite import settings; print({expression})"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == values[name]
