"""A stream is open for as long as who watches may see what it tells, and hardly longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from runs import access, lifecycle, tokens
from runs.access import Caller, right_to_watch
from runs.access import streams as doors
from runs.lifecycle import Line
from runs.live import Application, Page, Right, page_stream_url, rights, stream_url
from runs.live.rights import CHECKED_EVERY_SECONDS
from runs.models import AgentRun, ApiToken, BrowserSession, Team, User
from runs.views.fragments import render
from tests import acting
from tests.live.test_page_streams import first
from tests.live.viewing import Viewer, act, play, url_of_page, url_of_run

pytestmark = pytest.mark.django_db(transaction=True)

PROMISED_SECONDS = 60
"""What docs/security.md says."""


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "CHECKED_EVERY_SECONDS", 0.2)


def test_rights_are_asked_about_well_within_what_is_promised() -> None:
    assert CHECKED_EVERY_SECONDS * 2 < PROMISED_SECONDS


def browser_of(user: User) -> tuple[Client, Caller]:
    client = Client()
    client.force_login(user)
    session = BrowserSession.objects.filter(user=user).latest("started_at")
    return client, Caller(user, session=session.reference)


def script_of(user: User) -> tuple[ApiToken, Caller]:
    token, _ = tokens.issue(user, "a script", scopes=tokens.USUAL)
    return token, Caller(user, token)


class TestWhatEndsAStream:
    """``end`` takes the right away from the ``mate`` who watches the ``owner``'s run."""

    @pytest.fixture
    def mate(self, owner: User) -> User:
        mate = User.objects.create_user("mate", password="mate's password")
        acting.team(owner, mate)
        return mate

    def _ends(self, url: str, end: Callable[[], Any]) -> list[str]:
        kinds: list[str] = []

        async def scene(live: Application) -> None:
            viewer = Viewer(live, url)
            assert [kind async for kind, _ in first(viewer, 1)]
            await act(end)
            kinds.extend(await viewer.rest())
            assert viewer.is_closed
            assert live.hub.watch_count == 0
            # And none opens anew by the same address.
            again = Viewer(live, url)
            assert await again.rest() == []
            assert again.status == 404

        play(scene, render)
        return kinds

    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize(
        "how", ["token revoked", "token expired", "deactivated", "left the team", "team ended", "group deleted"]
    )
    def test_a_programs(self, owner: User, mate: User, how: str) -> None:
        run = acting.running(owner)
        token, caller = script_of(mate)
        past = timezone.now() - timedelta(seconds=1)
        ends: dict[str, Callable[[], Any]] = {
            "token revoked": lambda: tokens.revoke(token),
            "token expired": lambda: ApiToken.objects.filter(pk=token.pk).update(expires_at=past),
            "deactivated": lambda: User.objects.filter(pk=mate.pk).update(is_active=False),
            "left the team": lambda: mate.groups.clear(),
            "team ended": lambda: Team.objects.all().delete(),
            "group deleted": lambda: Group.objects.all().delete(),
        }

        assert self._ends(stream_url(run, right_to_watch(caller, run.pk)), ends[how])[-1] == "expired"

    @pytest.mark.usefixtures("soon")
    @pytest.mark.parametrize("shows", ["run", "home"])
    @pytest.mark.parametrize("how", ["signed out", "signed out elsewhere", "password changed", "deactivated"])
    def test_a_pages(self, owner: User, how: str, shows: str) -> None:
        run = acting.running(owner)
        client, caller = browser_of(owner)
        page = Page.of(owner, run=run) if shows == "run" else Page.of(owner, "home")
        ends: dict[str, Callable[[], Any]] = {
            "signed out": lambda: client.post("/sign-out/"),
            "signed out elsewhere": lambda: BrowserSession.objects.all().delete(),
            "password changed": lambda: _set_password(owner),
            "deactivated": lambda: User.objects.filter(pk=owner.pk).update(is_active=False),
        }

        assert self._ends(page_stream_url(page, right_to_watch(caller, page.run_id)), ends[how])[-1] == "expired"

    @pytest.mark.usefixtures("soon")
    def test_an_operators_when_they_are_one_no_longer(self, owner: User, operator: User) -> None:
        run = acting.running(owner)
        _, caller = script_of(operator)
        end = lambda: User.objects.filter(pk=operator.pk).update(is_staff=False)  # noqa: E731

        assert self._ends(stream_url(run, right_to_watch(caller, run.pk)), end)[-1] == "expired"

    @pytest.mark.usefixtures("soon")
    def test_nothing_is_told_once_the_right_is_known_to_be_lost(self, owner: User, mate: User) -> None:
        run = acting.running(owner)
        _, caller = script_of(mate)
        url = stream_url(run, right_to_watch(caller, run.pk))

        async def scene(live: Application) -> None:
            lost, kept = Viewer(live, url), Viewer(live, url_of_run(run))
            for viewer in (lost, kept):
                await viewer.until("run", bool)
            await act(mate.groups.clear)
            assert (await lost.rest())[-1] == "expired"
            line = Line(timezone.now(), "info", "for the owner")
            await act(lifecycle.progress, acting.attempt_of(run), lines=[line])
            await kept.until("history", lambda told: told[-1]["message"] == "for the owner")
            await kept.leave()

        play(scene, render)


def _set_password(user: User) -> None:
    user.set_password("another password of theirs")
    user.save()


class TestRights:
    """What is asked while a stream is open agrees with what is asked when a page is."""

    def test_they_agree_with_what_one_may_see(self, owner: User, stranger: User, operator: User) -> None:
        mate = User.objects.create_user("mate")
        acting.team(owner, mate)
        acting.team(mate, stranger, name="Second")
        Group.objects.create(name="No team").user_set.add(owner, stranger)
        runs = [acting.completed(user) for user in (owner, mate, stranger, operator)]

        for user in (owner, mate, stranger, operator):
            asked = {run: Right(user.pk, run.pk, user.is_operator) for run in runs}
            holding = doors.holding(asked.values())
            seen = set(access.visible_runs(user).filter(pk__in=[run.pk for run in runs]))
            assert {run for run, right in asked.items() if right in holding} == seen, user

    def test_a_run_that_is_gone_is_nobodys_to_watch(self, owner: User, operator: User) -> None:
        for user in (owner, operator):
            assert doors.holding([Right(user.pk, uuid4(), user.is_operator)]) == set()

    def test_another_users_session_or_token_is_no_right(self, owner: User, stranger: User) -> None:
        _, of_browser = browser_of(owner)
        _, of_script = script_of(owner)
        for caller in (of_browser, of_script):
            right = right_to_watch(caller)
            assert doors.holding([right]) == {right}
            stolen = Right(stranger.pk, session=right.session, password=right.password, token_id=right.token_id)
            assert doors.holding([stolen]) == set()

    def test_a_right_survives_being_written_into_a_token(self, owner: User) -> None:
        run = acting.pending(owner)
        for caller in (browser_of(owner)[1], script_of(owner)[1], Caller(owner)):
            right = right_to_watch(caller, run.pk)
            assert Right.from_json(right.as_json()) == right

    def test_a_token_of_an_issuer_ends_by_itself(self, owner: User) -> None:
        ends = timezone.now() + timedelta(minutes=5)
        issued = ApiToken(user=owner, name="Token of the issuer", prefix="jwt", created_at=ends, expires_at=ends)
        right = right_to_watch(Caller(owner, issued))

        assert (right.token_id, right.until) == (None, int(ends.timestamp()))
        assert doors.holding([right]) == {right}

    def test_however_many_rights_cost_a_few_statements(
        self, owner: User, django_assert_max_num_queries: Callable[..., Any]
    ) -> None:
        mates = [User.objects.create_user(f"mate-{number}") for number in range(20)]
        acting.team(owner, *mates)
        run = acting.completed(owner)
        asked = [right_to_watch(make(mate)[1], run.pk) for mate in mates for make in (browser_of, script_of)]

        with django_assert_max_num_queries(5):
            assert doors.holding(asked) == set(asked)


class Counting:
    """The real doors, with notes of how often they were asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def holding(self, rights: Collection[Right]) -> set[Right]:
        self.asked.append(len(rights))
        return doors.holding(rights)

    def team_mates_of(self, viewer_id: Any) -> list[Any]:
        return doors.team_mates_of(viewer_id)


def test_many_that_come_at_once_are_asked_about_together(owner: User) -> None:
    run = acting.running(owner)
    counting = Counting()

    async def scene(live: Application) -> None:
        live._guard._doors = counting
        viewers = [Viewer(live, url_of_run(run)) for _ in range(100)]
        await asyncio.gather(*(viewer.until("run", bool) for viewer in viewers))
        assert len(counting.asked) < 10
        await asyncio.gather(*(viewer.leave() for viewer in viewers))

    play(scene, render)


def test_a_teams_list_is_told_of_its_members_runs_and_of_no_strangers(owner: User, stranger: User) -> None:
    mate = User.objects.create_user("mate")
    acting.team(owner, mate)

    async def scene(live: Application) -> None:
        viewer = Viewer(live, url_of_page(mate, Page.of(mate, "team")))
        # Once at the beginning, and once when the process has begun to listen.
        assert [kind async for kind, _ in first(viewer, 3)] == ["changed", "fragments", "changed"]
        await act(acting.pending, stranger)
        await act(acting.pending, owner)
        assert [kind async for kind, _ in first(viewer, 1)] == ["changed"]
        await asyncio.sleep(0)
        run = await asyncio.to_thread(lambda: AgentRun.objects.get(user=owner))
        assert live.hub.version(str(owner.pk)) > 0
        with pytest.raises(KeyError):
            live.hub.version(str(stranger.pk))
        assert run.user_id == owner.pk

    play(scene, render)


class TestOrigins:
    """Pages of other sites read no stream."""

    def _allowed(self, run: AgentRun) -> list[bytes | None]:
        found: list[bytes | None] = []

        async def scene(live: Application) -> None:
            for url in (url_of_run(run), url_of_page(run.user, Page.of(run.user, run=run))):
                viewer = Viewer(live, url, [(b"origin", b"https://evil.example")])
                assert [kind async for kind, _ in first(viewer, 1)]
                found.append(viewer.headers.get(b"access-control-allow-origin"))
                await viewer.leave()

        play(scene, render)
        return found

    @pytest.mark.parametrize(
        ("public", "live", "allowed"),
        [
            ("http://localhost:8000", "http://localhost:8001", b"http://localhost:8000"),
            ("https://Agents.example.org:443", "https://live.example.org", b"https://agents.example.org"),
            ("https://agents.example.org", "https://agents.example.org/live", None),
            ("https://agents.example.org", "https://agents.example.org:443/live", None),
        ],
    )
    def test_the_sites_own_alone_is_named_and_none_where_they_share_it(
        self, owner: User, settings: Any, public: str, live: str, allowed: bytes | None
    ) -> None:
        settings.PUBLIC_URL, settings.LIVE_URL = public, live
        run = AgentRun.objects.select_related("user").get(pk=acting.running(owner).pk)

        assert self._allowed(run) == [allowed, allowed]
