"""A page is told of what changes on it, in pieces made once for all who look at the same."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from uuid import uuid4

import pytest
from django.core import signing
from django.utils import timezone

from runs import access, lifecycle
from runs.lifecycle import Line
from runs.live import Application, Page, Part, Rendering, Right, page_stream_url, parts
from runs.models import AgentRun, User
from runs.views.fragments import render
from tests import acting
from tests.live.test_run_streams import terminate
from tests.live.viewing import Viewer, act, play

pytestmark = pytest.mark.django_db(transaction=True)


def url_of(page: Page) -> str:
    """The address of its stream, whatever its reader's session."""
    return page_stream_url(page, Right(page.viewer_id, page.run_id, page.is_operator))


def watching(live: Application, page: Page, position: str = "") -> Viewer:
    headers = [(b"last-event-id", position.encode())] if position else []
    return Viewer(live, url_of(page), headers)


def said(text: str, level: str = "info") -> list[Line]:
    return [Line(timezone.now(), level, text)]  # type: ignore[arg-type]


class Counting:
    """The real renderer, with notes of what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Part, str]] = []
        self._lock = threading.Lock()

    def __call__(self, part: Part, position: str) -> Rendering:
        with self._lock:
            self.asked.append((part, position))
        return render(part, position)

    def count(self, kind: str) -> int:
        return sum(part.kind == kind for part, _ in self.asked)


def test_a_runs_page_is_told_of_progress_lines_and_the_end(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        viewer = watching(live, Page.of(owner, run=run))
        await viewer.until_shown("_run_status", "running")
        await act(lifecycle.progress, attempt, percent=40, lines=said("a new line"))
        html = await viewer.until_shown("40 % Running · Rehearsal", "a new line")
        assert "_run_result" not in html
        await act(lifecycle.complete, attempt, "done", {"note": "All went well."}, "did it")
        html = await viewer.until_shown("All went well.", "favicon-done", "Rehearsal finished: completed.")
        assert "a new line" not in html
        assert "end" in await viewer.rest()

    play(scene, render)


def test_a_page_begins_with_what_it_has_not_seen(owner: User) -> None:
    run = acting.running(owner)
    lifecycle.progress(acting.attempt_of(run), lines=said("old news"))
    last = run.events.last()
    assert last is not None
    lifecycle.progress(acting.attempt_of(run), lines=said("missed"))

    async def scene(live: Application) -> None:
        html = await watching(live, Page.of(owner, run=run), f"{last.pk}.running").until_shown("_run_status")
        assert "missed" in html
        assert "old news" not in html
        assert "_run_actions" not in html

    play(scene, render)


def test_the_header_of_every_page_follows_the_readers_runs(owner: User, stranger: User) -> None:
    async def scene(live: Application) -> None:
        viewer, other = watching(live, Page.of(owner)), watching(live, Page.of(stranger))
        await viewer.until_shown("_active_runs")
        run = await asyncio.to_thread(lambda: acting.running(owner))
        await viewer.until_shown("1 running: Rehearsal")
        await act(lifecycle.complete, acting.attempt_of(run), "done", {})
        await viewer.until_shown("_active_runs", "Rehearsal finished: completed.")
        await act(acting.pending, stranger)
        html = await other.until_shown("1 pending")
        assert "completed" not in html

    play(scene, render)


def test_home_follows_my_runs_and_for_operators_everybodys(owner: User, operator: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        mine, theirs = watching(live, Page.of(owner, "home")), watching(live, Page.of(operator, "home"))
        await mine.until_shown(f"card-{run.pk}", "0 % · Rehearsal · Home")
        await theirs.until_shown("_everybodys_runs", f"run-{run.pk}")
        await act(lifecycle.complete, attempt, "done", {}, "all 3 verified")
        html = await mine.until_shown("all 3 verified")
        # Nothing disappears under the pointer.
        assert f"card-{run.pk}" in html
        assert f"run-{run.pk}" not in await theirs.until_shown("_everybodys_runs")

    play(scene, render)


def test_a_list_is_told_to_ask_when_a_run_it_may_show_has_changed(owner: User, stranger: User, operator: User) -> None:
    async def scene(live: Application) -> None:
        mine, all_runs = watching(live, Page.of(owner, "runs")), watching(live, Page.of(operator, "runs"))
        for viewer in (mine, all_runs):
            # Once at the beginning, and once when the process has begun to listen.
            assert [kind async for kind, _ in first(viewer, 3)] == ["changed", "fragments", "changed"]
        await act(acting.pending, stranger)
        assert [kind async for kind, _ in first(all_runs, 1)] == ["changed"]
        await act(acting.pending, owner)
        # The stranger's run was none of the owner's business: nothing came before their own.
        assert sorted([kind async for kind, _ in first(mine, 2)]) == ["changed", "fragments"]

    play(scene, render)


async def first(viewer: Viewer, count: int):  # type: ignore[no-untyped-def]
    async for event in viewer.events():
        yield event
        count -= 1
        if not count:
            return


def test_fifty_readers_of_one_run_cost_one_rendering_of_each_change(owner: User, operator: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)
    counting = Counting()

    async def scene(live: Application) -> None:
        owners = [watching(live, Page.of(owner, run=run)) for _ in range(50)]
        operators = [watching(live, Page.of(operator, run=run)) for _ in range(50)]
        await asyncio.gather(*(viewer.until_shown("_run_status") for viewer in (*owners, *operators)))
        before = counting.count("run")
        await act(lifecycle.cancel, run, by=owner, reason="enough")
        await asyncio.gather(*(viewer.until_shown("is stopping") for viewer in (*owners, *operators)))
        # One for owners and one for operators; twice that where the clock ticked meanwhile.
        assert counting.count("run") - before in (2, 3, 4)
        await act(lifecycle.stopped, attempt)
        pages = await asyncio.gather(*(viewer.until_shown("cancelled") for viewer in (*owners, *operators)))
        assert len(set(pages[:50])) == len(set(pages[50:])) == 1

    play(scene, counting)


def test_operators_get_what_is_for_operators_and_owners_do_not(owner: User, operator: User) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        mine = await watching(live, Page.of(owner, run=run)).until_shown("_run_status")
        theirs = await watching(live, Page.of(operator, run=run)).until_shown("_run_status")
        assert "Force stop" in theirs
        assert "testhost:1" in theirs
        assert "Force stop" not in mine
        assert "testhost:1" not in mine

    play(scene, render)


def test_nothing_rendered_for_many_holds_the_token_of_one(owner: User) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        html = await watching(live, Page.of(owner, run=run)).until_shown("_run_actions", "<form")
        assert set(re.findall(r'csrfmiddlewaretoken" value="([^"]*)"', html)) == {"the-pages-own"}

    play(scene, render)


def test_progress_is_told_at_most_twice_a_second_and_an_end_at_once(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        viewer = watching(live, Page.of(owner, run=run))
        await viewer.until_shown("_run_status")
        began = time.monotonic()
        for percent in range(1, 41):
            await act(lifecycle.progress, attempt, percent=percent)
            await asyncio.sleep(0.02)
        shown = [await viewer.until_shown("_run_status")]
        while "40 %" not in shown[-1]:
            shown.append(await viewer.until_shown("_run_status"))
        # A piece may also come because the clock ticks.
        assert len(shown) <= 2 * (time.monotonic() - began) + 3
        await act(lifecycle.progress, attempt, percent=41)
        await viewer.until_shown("41 %")
        ended_at = time.monotonic()
        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until_shown("Rehearsal finished")
        assert time.monotonic() - ended_at < 0.45

    play(scene, render)


def test_what_changed_while_nobody_listened_is_told_afterwards(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)

    async def scene(live: Application) -> None:
        viewer = watching(live, Page.of(owner, run=run))
        await viewer.until_shown("_run_status")
        while live.hub._listener is None:
            await asyncio.sleep(0.01)
        await act(terminate, live.hub._listener)
        await act(lifecycle.complete, attempt, "done", {})
        await viewer.until_shown("Rehearsal finished")

    play(scene, render)


def test_streams_end_whole_when_the_process_is_to_stop(owner: User) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        viewers = [watching(live, Page.of(owner, run=run)), watching(live, Page.of(owner))]
        for viewer in viewers:
            await viewer.until_shown("_active_runs")
        live.hub.is_leaving = lambda: True
        for viewer in viewers:
            await asyncio.wait_for(viewer.rest(), 3)
            assert viewer.is_closed
        assert live.hub.watch_count == 0

    play(scene, render)


def test_a_reader_who_leaves_leaves_nothing_behind(owner: User) -> None:
    async def scene(live: Application) -> None:
        viewer = watching(live, Page.of(owner, "home"))
        await viewer.until_shown("_my_runs")
        await viewer.leave()
        assert live.hub.watch_count == 0

    play(scene, render)


def test_a_quiet_stream_says_that_it_lives(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.live.page_streams.COMMENT_EVERY_SECONDS", 0.2)

    async def scene(live: Application) -> None:
        kinds = [kind async for kind, _ in first(watching(live, Page.of(owner)), 3)]
        assert kinds == ["fragments", "alive", "alive"]

    play(scene, render)


def test_a_stream_that_has_lasted_ends_so_that_its_page_asks_anew(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "STREAM_LASTS_SECONDS", 1)
    monkeypatch.setattr("runs.live.page_streams.COMMENT_EVERY_SECONDS", 0.3)

    async def scene(live: Application) -> None:
        assert (await watching(live, Page.of(owner)).rest())[-1] == "expired"

    play(scene, render)


@pytest.mark.parametrize("case", ["no token", "forged", "expired", "for programs"])
def test_no_page_is_watched_without_a_token(case: str, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    if case == "expired":
        monkeypatch.setattr(parts, "TOKEN_OPENS_FOR_SECONDS", -1)
    url = url_of(Page.of(owner))
    url = {
        "no token": url.partition("=")[0],
        "forged": url[:-2] + "xx",
        "for programs": url.partition("=")[0] + "=" + signing.TimestampSigner(salt="runs.live").sign(str(uuid4())),
    }.get(case, url)

    async def scene(live: Application) -> None:
        viewer = Viewer(live, url)
        assert await viewer.rest() == []
        assert viewer.status == 404

    play(scene, render)


@pytest.mark.parametrize("position", ["", "x", "99999999999999999999999.running", "-1.", "\x00.\x00", "5"])
def test_a_position_that_makes_no_sense_is_the_beginning_or_harmless(owner: User, position: str) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        await watching(live, Page.of(owner, run=run), position).until_shown("_run_status")
        await watching(live, Page.of(owner, "home"), position).until_shown("_my_runs")

    play(scene, render)


def test_a_run_that_is_deleted_ends_the_stream(owner: User) -> None:
    run = acting.running(owner)

    async def scene(live: Application) -> None:
        viewer = watching(live, Page.of(owner, run=run))
        await viewer.until_shown("_run_status")
        await act(AgentRun.objects.filter(pk=run.pk).delete)
        await act(acting.pending, owner)
        assert "end" in await viewer.rest()

    play(scene, render)


def test_a_path_before_ours_is_the_proxys(owner: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.LIVE_URL = "https://example.org/live"

    async def scene(live: Application) -> None:
        await watching(live, Page.of(owner)).until_shown("_active_runs")
        stripped = Viewer(live, url_of(Page.of(owner)).replace("example.org/live", "example.org"))
        await stripped.until_shown("_active_runs")

    play(scene, render)


def test_a_mates_page_of_a_run_is_told_what_is_for_users_until_they_leave_the_team(
    owner: User, stranger: User, operator: User
) -> None:
    run = acting.running(owner)
    team = acting.team(owner, stranger)

    async def scene(live: Application) -> None:
        page = await asyncio.to_thread(lambda: Page.of(stranger, run=access.visible_run(stranger, run.pk)))
        mates, operators = watching(live, page), watching(live, Page.of(operator, run=run))
        html = await mates.until_shown("_run_status")
        await operators.until_shown("Force stop")
        for offered in ("Force stop", "testhost:1", "<form"):
            assert offered not in html
        await act(lifecycle.progress, acting.attempt_of(run), lines=said("for the team"))
        await mates.until_shown("for the team")
        await act(team.group.user_set.remove, stranger)
        await act(lifecycle.progress, acting.attempt_of(run), lines=said("for the owner"))
        assert not any("for the owner" in html for kind, html in [event async for event in mates.events()])

    play(scene, render)
