"""``verifyreceipt``: its sentences and its exit codes, from files as they lie on a disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runs import receipts
from runs.models import AgentRun, Policy, RunEvent, User
from tests.commands.calling import Said, call
from tests.receipts.staging import checked
from tests.sites import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(owner: User) -> AgentRun:
    return checked(owner)


@pytest.fixture
def file(run: AgentRun, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_text(receipts.text_of(receipts.receipt_of(run)))
    return path


@pytest.fixture
def page(run: AgentRun, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.html"
    path.write_text(receipts.page_of(receipts.receipt_of(run)))
    return path


def verify(path: Path, *words: str) -> Said:
    return call("verifyreceipt", path, *words)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("name", ["file", "page"])
def test_an_untouched_one(name: str, run: AgentRun, request: pytest.FixtureRequest) -> None:
    said = verify(request.getfixturevalue(name), "--against-site")

    assert said.code == 0, said.stderr
    assert f"Untouched: run {run.pk}, policy-checker" in said.stdout
    assert "say the same" in said.stdout


def test_a_changed_one_is_told_what(file: Path) -> None:
    edit(file, '"result": "approved"', '"result": "rejected"')

    said = verify(file)

    assert (said.code, said.stderr.splitlines()) == (1, ["CHANGED", "/outcome/result was changed."])


@pytest.mark.parametrize("content", [None, "", "{}", "<html>"])
def test_what_is_no_receipt(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content)

    assert verify(path).code == 2


def test_one_of_another_site(file: Path, settings: Any) -> None:
    site = receipts.public_key()
    settings.SECRET_KEY = "another site's key that is long enough to be one, and of its own"

    said = verify(file)
    assert (said.code, site in said.stderr) == (3, True)
    assert verify(file, "--key", site.upper()).code == 0, "whoever knows the key of the other site can name it"


def test_a_key_that_was_replaced_is_still_known(file: Path, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of this site, made when the last one had been long enough in use"

    assert verify(file).code == 0


class TestAgainstTheSite:
    def test_a_changed_run_is_told_apart_leaf_by_leaf(self, file: Path, run: AgentRun) -> None:
        AgentRun.objects.filter(pk=run.pk).update(result="rejected")

        said = verify(file, "--against-site")

        assert said.code == 4
        assert "/outcome/result: the receipt says 'approved', the site 'rejected'." in said.stderr

    def test_a_changed_event_and_a_changed_log_line(self, file: Path, run: AgentRun) -> None:
        RunEvent.objects.filter(run=run, kind="triggered").update(message="Nothing.")
        RunEvent.objects.filter(run=run, kind="logged").update(message="Nothing.")

        said = verify(file, "--against-site").stderr

        assert "/events/0/message: the receipt says" in said
        assert "/log/sha256: the receipt says" in said

    def test_a_policy_that_was_tampered_with(self, file: Path) -> None:
        Policy.objects.update(rules=[])

        assert "is not what it was when the run was triggered" in verify(file, "--against-site").stderr

    def test_a_document_that_was_replaced_in_the_storage(self, file: Path, run: AgentRun) -> None:
        assert run.document is not None
        path = Path(run.document.file.path)
        path.chmod(0o600)
        path.write_bytes(b"another")
        assert "The document's file is not what the run has read." in verify(file, "--against-site").stderr
        path.unlink()
        assert "The document's file is gone." in verify(file, "--against-site").stderr

    def test_a_deleted_run(self, file: Path, run: AgentRun) -> None:
        run.delete()

        said = verify(file, "--against-site")

        assert (said.code, "no such run" in said.stderr) == (4, True)
        assert verify(file).code == 0, "by itself it is as good as before"

    def test_what_has_happened_since_is_no_difference(self, file: Path, run: AgentRun, operator: User) -> None:
        from runs import lifecycle

        lifecycle.open_content(run, by=operator, reason="The owner has asked.")

        assert verify(file, "--against-site").code == 0


class TestPage:
    def test_a_changed_word_on_the_page_is_found_and_the_data_cleared(self, page: Path) -> None:
        edit(page, "<dd>approved</dd>", "<dd>rejected</dd>")

        said = verify(page)

        assert said.code == 1
        assert "The data in it is whole" in said.stderr
        assert "<dd>rejected</dd>" in said.stderr

    def test_changed_data_in_a_page_is_named(self, page: Path) -> None:
        edit(page, "&quot;result&quot;: &quot;approved&quot;", "&quot;result&quot;: &quot;rejected&quot;")

        assert "/outcome/result was changed." in verify(page).stderr

    @pytest.mark.parametrize("extra", ["<script>alert(1)</script>", "<style>dd{}</style>", "<!-- x -->", " "])
    def test_nothing_can_be_put_into_it(self, page: Path, extra: str) -> None:
        edit(page, "</main>", f"{extra}</main>")

        assert verify(page).code == 1

    def test_a_second_set_of_data_is_refused(self, page: Path) -> None:
        edit(page, "</main>", '<pre id="receipt-data">{}</pre></main>')

        assert verify(page).code == 2


def test_it_needs_no_database(file: Path, tmp_path: Path) -> None:
    """As on a machine of its own, on which there is none."""
    from django.conf import settings

    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(tmp_path / "var"),
    }
    command = [sys.executable, "manage.py", "verifyreceipt", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(file.read_text())["run"]["id"] in done.stdout
