"""Who shares a team sees the other's runs, whole, and changes nothing in them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import access, lifecycle, run_pages, uploads
from runs.errors import LeaseLost, NotAllowed, NotFound
from runs.filters import RunFilter
from runs.models import AgentRun, AuditEntry, Team, User
from runs.run_pages import RunPage, page_of
from tests import acting
from tests.admin.staging import signed_in
from tests.api.scripts import script_of
from tests.pages.reading import soup

pytestmark = pytest.mark.django_db


@pytest.fixture
def mate(owner: User) -> User:
    user = User.objects.create_user("mate", password="mate's password")
    acting.team(owner, user)
    return user


@pytest.fixture
def superuser(operator: User) -> Client:
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    operator.refresh_from_db()
    return signed_in(operator)


def listed(reader: User, /, size: int = 25, **parameters: str) -> RunPage:
    filter = RunFilter.parse(parameters)
    asked = access.listed_runs(reader, filter.whose, filter.user)
    return page_of(asked.runs, filter, now=timezone.now(), size=size, people=asked.people)


class TestWhoSeesWhat:
    def test_team_mates_read_each_others_runs(self, owner: User, mate: User, stranger: User) -> None:
        run = acting.completed(owner)

        assert access.readable_run(mate, run.pk).output == {"a": 1}
        with pytest.raises(NotFound):
            access.visible_run(stranger, run.pk)

    def test_a_group_that_is_not_marked_is_no_team(self, owner: User, stranger: User) -> None:
        Group.objects.create(name="Berlin").user_set.add(owner, stranger)

        assert not access.visible_runs(stranger).filter(user=owner).exists()

    def test_two_teams_of_one_person_do_not_see_each_other(self, owner: User, mate: User, stranger: User) -> None:
        acting.team(owner, stranger, name="Sales")
        run = acting.completed(mate)

        assert access.visible_run(owner, run.pk) == run
        with pytest.raises(NotFound):
            access.visible_run(stranger, run.pk)

    @pytest.mark.parametrize("end", ["the mate leaves", "the owner leaves", "no team any more", "no group any more"])
    def test_the_end_of_sharing_is_at_once(self, owner: User, mate: User, end: str) -> None:
        run, team = _extracted(owner), Team.objects.get()
        match end:
            case "the mate leaves":
                mate.groups.clear()
            case "the owner leaves":
                owner.groups.clear()
            case "no team any more":
                team.delete()
            case _:
                team.group.delete()

        with pytest.raises(NotFound):
            access.visible_run(mate, run.pk)
        assert not access.may_read(mate, run)

    def test_mates_see_the_documents_of_runs_and_no_others(self, owner: User, mate: User) -> None:
        used, unused = (uploads.keep(ContentFile(word, name="a.txt"), owner) for word in (b"One.", b"Two."))
        lifecycle.trigger(owner, "document-extractor", {"document": str(used.pk)})

        assert access.readable_document(mate, used.pk) == used
        for refused in (unused.pk, owner.pk):
            with pytest.raises(NotFound):
                access.visible_document(mate, refused)
        with pytest.raises(NotFound):
            access.own_document(mate, used.pk)

    def test_an_operator_of_the_team_needs_no_reason_and_one_of_another_does(
        self, owner: User, mate: User, operator: User
    ) -> None:
        run = _extracted(owner)
        assert access.visible_run(operator, run.pk).is_hidden
        acting.team(owner, operator, name="Second")

        assert not access.visible_run(operator, run.pk).is_hidden
        assert access.may_read(operator, AgentRun.objects.get(pk=run.pk))
        with pytest.raises(NotAllowed):
            access.open_run(operator, run.pk, "To be sure.")

    def test_a_token_that_may_not_read_reads_no_mates_runs(self, owner: User, mate: User) -> None:
        run = acting.completed(owner)
        mate.reads_runs = False

        assert access.visible_run(mate, run.pk).is_hidden


def text(element: Any) -> str:
    return " ".join(element.get_text(" ").split())


def _extracted(owner: User) -> AgentRun:
    document = uploads.keep(ContentFile(b"Words.", name="words.txt"), owner)
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    return lifecycle.complete(acting.started(run), "extracted", {"a": 1}, "1 value")


class TestLists:
    def test_a_list_is_of_ones_own_runs_until_one_asks_for_the_teams(
        self, owner: User, mate: User, stranger: User
    ) -> None:
        theirs, mine, _ = acting.completed(owner), acting.completed(mate), acting.completed(stranger)

        assert listed(mate).runs == listed(mate, whose="mine").runs == [mine]
        assert listed(mate, whose="team").runs == [mine, theirs]
        assert listed(mate, user="owner").runs == listed(mate, whose="team", user="owner").runs == [theirs]
        assert listed(mate, user="stranger").runs == listed(mate, whose="team", user="stranger").runs == []
        assert listed(stranger, whose="team").runs == list(access.visible_runs(stranger))

    def test_an_operator_lists_everybodys_their_own_or_their_teams(self, owner: User, operator: User) -> None:
        acting.team(owner, operator)
        stranger = User.objects.create_user("somebody")
        runs = [acting.completed(user) for user in (owner, operator, stranger)]

        assert listed(operator).runs == runs[::-1]
        assert listed(operator, whose="mine").runs == [runs[1]]
        assert listed(operator, whose="team").runs == runs[1::-1]

    def test_pages_of_a_team_follow_each_other_and_lead_back(self, owner: User, mate: User, stranger: User) -> None:
        third = User.objects.create_user("third")
        Team.objects.get().group.user_set.add(third)
        for turn in range(12):
            acting.completed((owner, owner, mate, third, stranger)[turn % 5])
        same = timezone.now() - timedelta(minutes=1)
        some = AgentRun.objects.exclude(user=stranger).order_by("created_at").values_list("pk", flat=True)[2:7]
        AgentRun.objects.filter(pk__in=list(some)).update(created_at=same)
        expected = list(AgentRun.objects.exclude(user=stranger).order_by("-created_at", "-id"))

        pages = [listed(mate, size=2, whose="team")]
        while pages[-1].next_cursor:
            pages.append(listed(mate, size=2, whose="team", cursor=pages[-1].next_cursor))
        assert [run for page in pages for run in page.runs] == expected

        page, back = pages[-1], [pages[-1].runs]
        while page.previous_cursor:
            page = listed(mate, size=2, whose="team", cursor=page.previous_cursor)
            back.append(page.runs)
        assert back == [page.runs for page in reversed(pages)]

    @pytest.mark.parametrize(
        ("narrowed", "count"),
        [
            ({"status": "failed"}, 1),
            ({"agent": "rehearsal"}, 3),
            ({"agent": "policy-checker"}, 0),
            ({"status": "completed", "agent": "rehearsal"}, 2),
            ({"period": "hour"}, 3),
            ({"text": "did it"}, 2),
            ({"trigger": "dashboard"}, 3),
            ({"trigger": "api"}, 0),
        ],
    )
    def test_a_teams_list_is_narrowed_like_any_other(
        self, owner: User, mate: User, stranger: User, narrowed: dict[str, str], count: int
    ) -> None:
        for bring, user in ((acting.completed, owner), (acting.failed, owner), (acting.completed, mate)):
            bring(user)
        acting.completed(stranger)
        acting.failed(stranger)

        assert len(listed(mate, whose="team", **narrowed).runs) == count

    def test_a_search_looks_through_a_share_of_each_and_goes_on(
        self, owner: User, mate: User, stranger: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 2)
        old = acting.completed(owner)
        for user in (owner, mate, mate, stranger, owner):
            acting.failed(user)

        found, page = [], listed(mate, whose="team", text="did it")
        assert page.runs == []
        assert page.searched_to is not None
        while page.next_cursor:
            page = listed(mate, whose="team", text="did it", cursor=page.next_cursor)
            found += page.runs
        assert found == [old]

    def test_an_id_is_found_among_the_teams_runs_however_old(
        self, owner: User, mate: User, stranger: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_pages, "SEARCHED_AT_ONCE", 2)
        run, other = acting.completed(owner), acting.completed(stranger)
        for _ in range(4):
            acting.failed(owner)

        assert listed(mate, whose="team", text=str(run.pk)).runs == [run]
        assert listed(mate, whose="team", text=str(other.pk)).runs == []


class TestPages:
    def test_the_list_offers_the_team_and_says_whose_each_run_is(self, owner: User, mate: User) -> None:
        run, page = acting.completed(owner), signed_in(mate)

        assert soup(page.get("/runs/")).select_one("#filter-whose") is not None
        shown = soup(page.get("/runs/", {"whose": "team"}))
        assert text(shown.select_one("h1")) == "Your team’s runs"
        assert text(shown.select_one(f"#run-{run.pk} [data-label=User]")) == "owner"
        assert shown.select_one("#filter-user") is not None
        rows = soup(page.get("/runs/update/", {"whose": "team", "rows": str(run.pk)}))
        assert text(rows.select_one(f"#run-{run.pk} [data-label=User]")) == "owner"

    def test_who_is_in_no_team_is_offered_none(self, stranger: User) -> None:
        shown = soup(signed_in(stranger).get("/runs/"))

        assert shown.select_one("#filter-whose") is None
        assert shown.select_one("#filter-user") is None

    def test_a_teams_list_asks_the_database_as_often_as_any(self, owner: User, mate: User) -> None:
        for _ in range(3):
            acting.completed(owner)
        page = signed_in(mate)
        page.get("/runs/")

        for query in ("whose=team", "whose=team&status=failed", "whose=team&text=invoice", "user=owner"):
            with CaptureQueriesContext(connection) as asked:
                assert page.get(f"/runs/?{query}").status_code == 200
            assert len(asked) <= 8, query

    def test_a_mates_page_of_a_run_shows_all_and_offers_nothing_that_changes_it(self, owner: User, mate: User) -> None:
        for run in (acting.completed(owner), acting.running(owner)):
            shown = soup(signed_in(mate).get(f"/runs/{run.pk}/"))
            own = soup(signed_in(owner).get(f"/runs/{run.pk}/"))
            assert own.select("main form[method=post]")
            assert not shown.select("main form[method=post]")
            assert "by owner" in text(shown.select_one("#_run_facts"))

    def test_a_late_result_is_shown_to_mates_and_adopted_by_the_owner(self, owner: User, mate: User) -> None:
        run = acting.running(owner)
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)
        with suppress(LeaseLost):
            lifecycle.complete(attempt, "late", {"a": 1}, "one value")

        shown = soup(signed_in(mate).get(f"/runs/{run.pk}/"))
        assert shown.select_one("#_late_result") is not None
        assert shown.select_one("#_late_result form") is None

    def test_the_profile_and_the_api_name_the_teams(self, owner: User, mate: User) -> None:
        assert "Accounts" in text(soup(signed_in(mate).get("/profile/")).select_one("main"))
        teams = script_of(mate).get("/api/v1/me").json()["teams"]
        people = [{"id": str(user.pk), "username": user.username} for user in (mate, owner)]
        assert teams == [{"name": "Accounts", "members": people}]

    def test_the_api_lists_the_teams_runs(self, owner: User, mate: User) -> None:
        run, api = acting.completed(owner), script_of(mate)

        assert api.get("/api/v1/runs").json()["runs"] == []
        (line,) = api.get("/api/v1/runs", whose="team").json()["runs"]
        assert (line["id"], line["user_id"]) == (str(run.pk), str(owner.pk))


class TestAdmin:
    GROUPS = "/admin/auth/group/"

    def save(self, client: Client, group: Group, **data: Any) -> None:
        answer = client.post(f"{self.GROUPS}{group.pk}/change/", {"name": group.name, **data})
        assert answer.status_code == 302

    def test_a_superuser_makes_a_team_of_a_group_and_ends_it_and_the_audit_knows(self, superuser: Client) -> None:
        group = Group.objects.create(name="Accounts")

        self.save(superuser, group, is_team="on")
        assert Team.objects.get().group == group
        entry = AuditEntry.objects.filter(action="admin.changed").latest("pk")
        assert entry.details["changes"]["is_team"] == [False, True]
        self.save(superuser, group)
        assert not Team.objects.exists()

    def test_who_may_merely_edit_groups_makes_no_team(self, operator: User, superuser: Client) -> None:
        from django.contrib.auth.models import Permission

        editor = User.objects.create_user("editor", is_staff=True)
        editor.user_permissions.add(*Permission.objects.filter(codename__in=["view_group", "change_group"]))
        group = Group.objects.create(name="Accounts")
        self.save(superuser, group, is_team="on")

        self.save(signed_in(editor), group)
        assert Team.objects.exists()
        other = Group.objects.create(name="Sales")
        self.save(signed_in(editor), other, is_team="on")
        assert Team.objects.count() == 1

    def test_groups_and_users_say_who_sees_whose_runs(self, superuser: Client, owner: User, mate: User) -> None:
        group = Team.objects.get().group

        page = superuser.get(f"{self.GROUPS}{group.pk}/change/").content.decode()
        assert f"/admin/runs/user/{owner.pk}/change/" in page
        assert "Accounts" in superuser.get(self.GROUPS).content.decode()
        shown = soup(superuser.get(f"/admin/runs/user/{mate.pk}/change/")).select_one(".field-teams")
        assert "Accounts" in text(shown)


def test_the_original_status_is_answered_to_mates(owner: User, mate: User, stranger: User) -> None:
    run = acting.completed(owner)

    assert access.run_for(access.Caller(mate), run.pk) == run
    with pytest.raises(NotFound):
        access.run_for(access.Caller(stranger), run.pk)
