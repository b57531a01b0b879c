"""Writing policies, for operators: checked as they are typed, tried on a document, published with a note."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from runs import access, policies, policy_trials, publishing, uploads
from runs.agents.policies import PolicyRules
from runs.errors import DocumentRefused, GoldensChanged, PolicyMovedOn, PolicyRefused, PolicyTrialFailed
from runs.forms import EXAMPLE_POLICY, PolicyForm
from runs.models import Document, Policy, User
from runs.policy_trials import Trial
from runs.views.requests import PageRequest
from runs.views.unsent import form_of

RECENT_DOCUMENTS: Final = 20


@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: PageRequest) -> HttpResponse:
    """A policy of a new name: from a short example, or ``?from=`` another one."""
    access.operators_only(request.user)
    if request.method == "POST":
        return _publish(request, PolicyForm.sent("", request.POST))
    start = request.GET.get("from", "")
    source = policies.resolve(start).source if start else EXAMPLE_POLICY
    return _page(request, _opened(request, PolicyForm("", source)))


@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: PageRequest, name: str) -> HttpResponse:
    """The next version of a policy, from the latest."""
    access.operators_only(request.user)
    latest = policies.one(name)
    if request.method == "POST":
        return _publish(request, PolicyForm.sent(name, request.POST))
    return _page(request, _opened(request, PolicyForm(name, latest.source, based_on=latest.version)))


@require_POST
def policy_validate(request: PageRequest) -> HttpResponse:
    """What is wrong with the text as it stands, while it is typed."""
    access.operators_only(request.user)
    form = PolicyForm.sent(request.POST.get("policy", ""), request.POST)
    form.check()
    return render(request, "_policy_faults.html", {"form": form})


@require_POST
def policy_try(request: PageRequest) -> HttpResponse:
    """Hold a document against the text, which need not be published."""
    access.operators_only(request.user)
    form = PolicyForm.sent(request.POST.get("policy", ""), request.POST)
    if form.check() and form.parsed:
        try:
            form.trial = _tried(request, form, form.parsed)
        except (PolicyTrialFailed, DocumentRefused) as refusal:
            form.trial_refusal = refusal.sentence
    else:
        form.trial_refusal = "The policy can not be tried before its faults are gone."
    if request.htmx:
        return render(request, "_policy_trial.html", {"form": form, "documents": _documents(request.user)})
    return _page(request, form)


@require_POST
def policy_draft(request: PageRequest) -> HttpResponse:
    """Keep the text as it stands, to go on later."""
    access.operators_only(request.user)
    form = PolicyForm.sent(request.POST.get("policy", ""), request.POST)
    try:
        policies.keep_draft(request.user, form.name, form.source, form.note, form.based_on)
    except PolicyRefused as refusal:
        form.faults = refusal.faults
        return _page(request, form, status=refusal.status)
    messages.success(request, "The draft is kept. It is yours alone until it is published.")
    return redirect(f"{form.address}?draft=1")


@require_POST
def policy_draft_discard(request: PageRequest) -> HttpResponse:
    """Forget the draft, and begin with the policy as it is."""
    access.operators_only(request.user)
    name = request.POST.get("policy", "")
    policies.discard_draft(request.user, name)
    return redirect(PolicyForm(name, "").address)


def _opened(request: PageRequest, form: PolicyForm) -> PolicyForm:
    """The form, or the user's draft of it where that is asked for; said where there is one."""
    kept = policies.draft(request.user, form.name)
    if kept is None:
        return form
    if "draft" not in request.GET:
        form.draft = kept
        return form
    opened = PolicyForm.of_draft(kept)
    opened.is_unsent = "unsent" in request.GET
    opened.check()
    return opened


def _publish(request: PageRequest, form: PolicyForm) -> HttpResponse:
    if not form.check():
        return _page(request, form, status=PolicyRefused.status)
    try:
        published = publishing.publish(
            form.source,
            by=request.user,
            note=form.note,
            based_on=form.based_on,
            accepts_changes="accepts_changes" in request.POST,
        )
    except (GoldensChanged, PolicyTrialFailed) as refusal:
        form.golden_refusal = refusal.sentence
        return _page(request, form, status=refusal.status)
    except PolicyMovedOn as refusal:
        form.moved_on, form.based_on = refusal, refusal.version
        return _page(request, form, status=refusal.status)
    except PolicyRefused as refusal:
        form.faults = refusal.faults
        return _page(request, form, status=refusal.status)
    policies.discard_draft(request.user, form.name)
    messages.success(request, f"{published.title} is published as version {published.version}.")
    return redirect("policy", published.name)


def _tried(request: PageRequest, form: PolicyForm, policy: PolicyRules) -> dict[str, Any]:
    """The outcome in the shape a run's output has, so that it is shown in the same way."""
    file = request.FILES.get("document-file")
    if file is not None:
        document: Document | None = uploads.keep(file, request.user)
        form.document = str(document.pk) if document else ""
    else:
        document = _chosen(request.user, form.document)
    name = document.name if document else "the sample contract"
    trial = policy_trials.attempt(policy, document)
    return _as_output(name, policy, trial, form.next_version)


def _as_output(name: str, policy: PolicyRules, trial: Trial, version: int) -> dict[str, Any]:
    return {
        **trial.model_dump(),
        "counts": trial.counts,
        "document": {"name": name},
        "policy": {"title": policy.title, "version": f"{version} (not published)"},
    }


def _chosen(user: User, given: str) -> Document | None:
    try:
        return access.own_document(user, UUID(given)) if given else None
    except ValueError:
        return None


def _documents(user: User) -> list[Document]:
    return list(access.own_documents(user)[:RECENT_DOCUMENTS])


def _page(request: PageRequest, form: PolicyForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "form_of": form_of(request.user),
        "documents": _documents(request.user),
        "policy": Policy(name=form.name) if form.name else None,
    }
    return render(request, "policy_editor.html", context, status=status)
