"""Policies in the browser: everybody reads what they demand, operators write, try and publish them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from runs import policies
from runs.models import AgentRun, AuditEntry, Document, Policy, PolicyDraft, User
from runs.views import unsent
from tests.pages.reading import chosen, control, soup, text, upload

pytestmark = pytest.mark.django_db

LIST = reverse("policies")
NEW = reverse("policy_new")
TRY = reverse("policy_try")
VALIDATE = reverse("policy_validate")
DRAFT = reverse("policy_draft")
OURS = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}

SOURCE = """\
name: short-notes
title: Short notes
description: What a note must have.
rules:
  - id: greeting
    title: It greets
    kind: require
    why: Politeness.
    remedy: Greet.
    phrases: [hello]
"""
SECOND = (
    SOURCE.replace("[hello]", "[hello, good day]") + "  - {id: bye, title: It ends, kind: require, phrases: [bye]}\n"
)


def edit(name: str = "short-notes") -> str:
    return reverse("policy_edit", args=[name])


def sent(source: str, based_on: int = 0, name: str = "", **more: Any) -> dict[str, Any]:
    return {"source": source, "based_on": str(based_on), "policy": name, "note": "", "document": "", **more}


@pytest.fixture
def published(operator: User) -> Policy:
    return policies.publish(SOURCE, by=operator, note="The first.")


# For everybody


def test_everybody_reads_the_policies_and_their_rules_in_words(
    page: Client, published: Policy, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    policies.latest()
    with django_assert_max_num_queries(8):
        listed = page.get(LIST)
    assert "Short notes" in text(listed)
    assert "Invoice acceptance" in text(listed)
    assert not soup(listed).select_one(f'main a[href="{NEW}"]')
    with django_assert_max_num_queries(8):
        shown = page.get(reverse("policy", args=["short-notes"]))
    for said in ("It greets", 'The document must say "hello".', "Politeness.", "Greet.", "The first.", "by operator"):
        assert said in text(shown)
    assert not soup(shown).select_one(f'a[href="{edit()}"]')
    check = soup(shown).select_one("main a.button")
    assert check is not None
    assert chosen(page.get(str(check["href"])), "policy") == "short-notes"


@pytest.mark.parametrize("name", ["contract-basics", "invoice-acceptance", "data-processing-agreement"])
def test_bundled_policies_are_read_like_others(page: Client, name: str) -> None:
    shown = page.get(reverse("policy", args=[name]))
    assert "comes with AgentSite" in text(shown)
    assert len(soup(shown).select("#_policy_rules .finding")) > 10


def test_changes_between_versions_are_shown_rule_by_rule_and_as_text(page: Client, published: Policy) -> None:
    policies.publish(SECOND, note="Wider.")
    shown = page.get(reverse("policy_changes", args=["short-notes"]))
    found = text(shown)
    assert "From version 1 to version 2" in found
    assert "Wider." in found
    assert "good day" in [each.get_text() for each in soup(shown).select("#_policy_changes ins")]
    assert any("bye" in each.get_text() for each in soup(shown).select("pre ins"))
    same = page.get(reverse("policy_changes", args=["short-notes"]), {"from": 2, "to": 2})
    assert "Both demand the same" in text(same)


@pytest.mark.parametrize("query", ["from=9", "to=0", "to=99999999999", "from=x&to=y"])
def test_versions_there_are_not_are_not_found_or_left_aside(page: Client, published: Policy, query: str) -> None:
    assert page.get(f"{reverse('policy_changes', args=['short-notes'])}?{query}").status_code in (200, 404)


def test_version_in_a_form_no_longer_read_is_shown_as_it_was(page: Client, published: Policy) -> None:
    Policy.objects.filter(pk=published.pk).update(rules=[{"kind": "gone"}])
    policies.publish(SECOND)
    old = page.get(reverse("policy_version", args=["short-notes", 1]))
    assert "no longer read" in text(old)
    assert "phrases: [hello]" in text(old)
    assert "no longer read" in text(page.get(reverse("policy_changes", args=["short-notes"])))


# For operators


@pytest.mark.parametrize("path", [NEW, reverse("policy_edit", args=["contract-basics"])])
def test_there_is_no_editor_for_others(page: Client, path: str) -> None:
    assert page.get(path).status_code == 404
    assert page.post(path, sent(SOURCE)).status_code == 404
    assert page.post(TRY, sent(SOURCE)).status_code == 404
    assert not Policy.objects.filter(name="short-notes").exists()


def test_new_policy_is_published_with_its_note_and_audited(operators_page: Client, operator: User) -> None:
    assert "my-policy" in control(operators_page.get(NEW), "source").get_text()
    answer = operators_page.post(NEW, sent(SOURCE, note="Because."), follow=True)
    assert "Short notes is published as version 1." in text(answer)
    made = Policy.objects.get(name="short-notes")
    assert (made.version, made.note, made.created_by) == (1, "Because.", operator)
    assert AuditEntry.objects.filter(action="policy.published", subject_id=str(made.pk), actor=operator).exists()


def test_edit_begins_with_the_latest_and_makes_the_next(operators_page: Client, published: Policy) -> None:
    opened = operators_page.get(edit())
    assert control(opened, "source").get_text().strip() == SOURCE.strip()
    assert control(opened, "based_on")["value"] == "1"
    operators_page.post(edit(), sent(SECOND.replace("\n", "\r\n"), based_on=1, name="short-notes"))
    assert policies.one("short-notes").version == 2
    assert policies.one("short-notes").source == SECOND


def test_every_fault_is_said_with_its_line_and_nothing_is_lost(operators_page: Client, published: Policy) -> None:
    wrong = SOURCE.replace("phrases: [hello]", "phrase: [hello]").replace("title: It greets", "title: ''")
    refused = operators_page.post(edit(), sent(wrong, based_on=1, name="short-notes", note="Kept."))
    assert refused.status_code == 422
    assert control(refused, "source").get_text().strip() == wrong.strip()
    assert control(refused, "note")["value"] == "Kept."
    lines = [link["data-line"] for link in soup(refused).select("#_policy_faults a")]
    assert lines == ["6", "10"]
    assert "there is no such key here" in text(refused)
    assert policies.one("short-notes").version == 1


def test_faults_are_said_while_typing(operators_page: Client) -> None:
    said = operators_page.post(VALIDATE, sent("name: x\ntitle: ["), headers={"HX-Request": "true"})
    assert said.status_code == 200
    assert "this is not valid YAML" in text(said)
    assert soup(said).select_one("a[data-line='2']")
    assert "1 rule, no faults." in text(operators_page.post(VALIDATE, sent(SOURCE)))


def test_text_that_names_another_policy_is_not_taken_for_this_one(operators_page: Client, published: Policy) -> None:
    other = SOURCE.replace("name: short-notes", "name: long-notes")
    refused = operators_page.post(edit(), sent(other, based_on=1, name="short-notes"))
    assert refused.status_code == 422
    assert "the text names 'long-notes'" in text(refused)
    assert not Policy.objects.filter(name="long-notes").exists()


@pytest.mark.parametrize("path", [edit(), NEW])
def test_who_was_overtaken_is_told_and_loses_nothing(
    operators_page: Client, published: Policy, operator: User, path: str
) -> None:
    policies.publish(SECOND, by=operator)
    mine = SOURCE.replace("[hello]", "[hi there]")
    based_on, name = (1, "short-notes") if path != NEW else (0, "")
    refused = operators_page.post(path, sent(mine, based_on=based_on, name=name))
    assert refused.status_code == 409
    assert "Nothing has been lost" in text(refused)
    assert "version 2" in text(refused)
    assert control(refused, "source").get_text().strip() == mine.strip()
    assert policies.one("short-notes").version == 2
    again = operators_page.post(path, sent(mine, based_on=int(control(refused, "based_on")["value"]), name=name))
    assert again.status_code == 302
    assert policies.one("short-notes").version == 3


def test_name_that_an_address_has_is_refused(operators_page: Client) -> None:
    refused = operators_page.post(NEW, sent(SOURCE.replace("name: short-notes", "name: validate")))
    assert refused.status_code == 422
    assert "taken by an address" in text(refused)


def test_policy_is_tried_on_an_upload_without_being_published(operators_page: Client, operator: User) -> None:
    """And without a run: the slot stays free."""
    file = upload(name="note.txt", content=b"Dear all, hello and welcome to the site.")
    tried = operators_page.post(TRY, sent(SOURCE, **{"document-file": file}))
    assert tried.status_code == 200
    assert "Found “hello” on page 1" in text(tried).replace('"hello"', "“hello”")
    assert control(tried, "source").get_text().strip() == SOURCE.strip()
    assert chosen(tried, "document") == str(Document.objects.get(owner=operator).pk)
    assert not AgentRun.objects.exists()
    assert not Policy.objects.filter(name="short-notes").exists()


def test_trial_on_the_sample_answers_with_its_part_of_the_page(operators_page: Client) -> None:
    tried = operators_page.post(TRY, sent(SOURCE), headers={"HX-Request": "true"})
    assert soup(tried).select_one("fieldset#_policy_trial")
    assert not soup(tried).select_one("textarea")
    assert "Nothing in the document reads" in text(tried)


def test_what_can_not_be_tried_says_why(operators_page: Client) -> None:
    assert "before its faults are gone" in text(operators_page.post(TRY, sent("name: x")))
    broken = operators_page.post(TRY, sent(SOURCE, **{"document-file": upload(name="a.pdf", content=b"%PDF-1.7\nno")}))
    assert soup(broken).select_one("#_policy_trial .note")
    assert control(broken, "source").get_text().strip() == SOURCE.strip()


def test_document_of_somebody_else_can_not_be_tried_on(operators_page: Client, page: Client, owner: User) -> None:
    from runs import uploads

    theirs = uploads.keep(upload(name="secret.txt", content=b"hello secret"), owner)
    assert operators_page.post(TRY, sent(SOURCE, document=str(theirs.pk))).status_code == 404


# Drafts


def test_draft_is_kept_offered_and_gone_once_published(operators_page: Client, published: Policy) -> None:
    half = SOURCE + "  - id: half"
    kept = operators_page.post(DRAFT, sent(half, based_on=1, name="short-notes", note="Not yet."), follow=True)
    assert control(kept, "source").get_text().strip() == half.strip()
    assert control(kept, "note")["value"] == "Not yet."
    assert "You have a draft" in text(operators_page.get(edit()))
    operators_page.post(edit(), sent(SECOND, based_on=1, name="short-notes"))
    assert not PolicyDraft.objects.exists()


def test_draft_is_its_users_alone(operators_page: Client, published: Policy) -> None:
    other = User.objects.create_user("another", is_staff=True)
    policies.keep_draft(other, "short-notes", "secret text", "", 1)
    shown = operators_page.get(edit(), {"draft": "1"})
    assert "secret text" not in shown.content.decode()
    operators_page.post(reverse("policy_draft_discard"), {"policy": "short-notes"})
    assert PolicyDraft.objects.get().user == other


@pytest.mark.parametrize("path", [NEW, TRY, DRAFT, edit("contract-basics")])
def test_expired_session_loses_no_text(client: Client, operator: User, path: str) -> None:
    name = "contract-basics" if path == edit("contract-basics") else ""
    form = sent(SOURCE, based_on=0, name=name, note="Kept.", **{"form-of": unsent.form_of(operator)})
    target = urlsplit(client.post(path, form, headers=OURS)["Location"])
    assert target.path == reverse("login")
    assert not Policy.objects.filter(name="short-notes").exists()
    next_url = parse_qs(target.query)["next"][0]
    signed = client.post(
        reverse("login"), {"username": "operator", "password": "operator's password", "next": next_url}, follow=True
    )
    assert "Nothing has been lost" in text(signed)
    assert control(signed, "source").get_text().strip() == SOURCE.strip()
    assert control(signed, "note")["value"] == "Kept."


def test_no_draft_is_kept_for_who_may_not_edit(client: Client, owner: User) -> None:
    client.post(NEW, sent(SOURCE, **{"form-of": unsent.form_of(owner)}), headers=OURS)
    assert not PolicyDraft.objects.exists()
