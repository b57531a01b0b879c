"""``/api/v1/audit``: the page's filters, for operators' scripts."""

from __future__ import annotations

from runs import audit
from runs.audit.reading import PAGE_SIZE
from runs.models import ApiToken, User
from tests.api.scripts import Script, script_of

URL = "/api/v1/audit"
FIELDS = [
    "sequence", "id", "at", "action", "actor", "actor_name", "subject_type", "subject_id", "address", "request_id",
    "token_prefix", "details", "previous", "hash",
]  # fmt: skip


def test_entry_says_who_did_what_to_what(owner: User, operator: User) -> None:
    audit.record("agent.paused", actor=owner, subject="agent:rehearsal", reason="it is mended")
    audit.seal()
    [entry] = script_of(operator).get(URL, action="agent.paused").json()["entries"]
    assert list(entry) == FIELDS
    assert (entry["actor"], entry["actor_name"]) == (str(owner.pk), owner.username)
    assert (entry["subject_type"], entry["subject_id"]) == ("agent", "rehearsal")
    assert entry["details"] == {"reason": "it is mended"}
    assert entry["sequence"]
    assert len(entry["hash"]) == len(entry["previous"]) == 64


def test_entries_are_narrowed_as_on_the_page(owner: User, operator: User) -> None:
    audit.record("agent.paused", actor=owner, subject="agent:rehearsal", reason="Zwetschge")
    audit.record("agent.resumed", actor=operator, subject="agent:policy-checker")
    script = script_of(operator)

    def found(**narrowing: str) -> list[str]:
        return [entry["action"] for entry in script.get(URL, **narrowing).json()["entries"]]

    assert found(action="agent") == ["agent.resumed", "agent.paused"]
    assert found(actor=owner.username) == ["agent.paused"]
    assert found(subject="agent:policy-checker") == ["agent.resumed"]
    assert found(text="zwetschge") == ["agent.paused"]
    assert found(action="agent", since="2999-01-01") == []
    assert found(action="agent", until="1999-01-01") == []


def test_pages_follow_one_another_without_gap_or_repetition(operator: User) -> None:
    for number in range(PAGE_SIZE + 2):
        audit.record("doctor.repaired", number=number)
    script, numbers, cursor = script_of(operator), [], ""
    while cursor is not None:
        page = script.get(URL, action="doctor.repaired", cursor=cursor).json()
        numbers += [entry["details"]["number"] for entry in page["entries"]]
        cursor = page["next_cursor"]
    assert numbers == list(reversed(range(PAGE_SIZE + 2)))


def test_what_can_not_be_a_filter_is_named(operator: User) -> None:
    script = script_of(operator)
    for name, value in {"since": "yesterday", "until": "20261124", "cursor": "abc", "actors": "x"}.items():
        response = script.get(URL, **{name: value})
        assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", name])


def test_last_day_there_is_ends_like_any_other(operator: User) -> None:
    audit.record("agent.paused", subject="agent:rehearsal")
    entries = script_of(operator).get(URL, action="agent.paused", until="9999-12-31").json()["entries"]
    assert len(entries) == 1


def test_nothing_is_told_to_others(owner: User, operator: User) -> None:
    weak = Script(ApiToken.issue(operator, "weak", scopes=["runs:read"])[1])
    for script in (script_of(owner), weak):
        response = script.get(URL)
        assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
