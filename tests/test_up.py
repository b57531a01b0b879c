"""``make run`` as somebody meets it: real processes, from an empty folder to Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.sites import USER_ID, Site, sites
from tests.waiting import is_alive, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    with sites(tmp_path) as start:
        yield start


def test_from_an_empty_folder_to_the_originals_answers(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()

    assert site.passwords.keys() == {"operator", "user"}
    assert "changepassword" in site.output

    with site.held_workers():
        curl = subprocess.run(
            [
                "curl", "-s", "-X", "POST", f"{site.url}/agents/run",
                "-H", "Content-Type: application/json",
                "-H", "Accept: application/json",
                "-d", json.dumps({"agent_type": "document-extractor", "user_id": USER_ID}),
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        again = site.trigger()

    run = json.loads(curl.stdout)
    assert run == {"run_id": run["run_id"], "status": "running"}
    assert (again.status_code, again.json()) == (409, {"detail": "An agent is already running"})

    ended = site.until_ended(run["run_id"])
    assert (ended["status"], ended["result"], ended["error"]) == ("completed", "extracted", None)
    assert set(ended) == {
        "run_id", "agent_type", "user_id", "status", "result", "error", "started_at", "completed_at",
    }  # fmt: skip


def test_ctrl_c_stops_everything_and_the_next_start_is_quick_and_keeps_all(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()
    run_id = site.trigger("policy-checker").json()["run_id"]
    assert site.until_ended(run_id)["result"] == "approved"
    processes = site.processes()
    assert len(processes) >= 6

    assert site.interrupt() == 0

    assert not [process for process in processes if is_alive(process)]
    assert "Traceback" not in site.output
    assert "exception=" not in site.output

    again = up()
    seconds = again.until_ready()

    assert seconds < 5, f"the second start took {seconds:.1f} s"
    assert again.status(run_id)["result"] == "approved"
    assert "first accounts" not in again.output


def test_a_run_interrupted_by_ctrl_c_is_taken_up_again_after_the_next_start(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()
    run_id = site.trigger("rehearsal").json()["run_id"]
    wait_until(lambda: "run_started" in site.output)

    assert site.interrupt() == 0

    again = up()
    again.until_ready()
    ended = again.until_ended(run_id)
    assert (ended["status"], ended["result"]) == ("completed", "rehearsed")


def test_a_second_start_beside_the_first_is_refused(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()

    second = up()

    assert second.ended() == 1
    assert f"AgentSite is running already, as process {site.process.pid}" in second.output
    assert site.process.poll() is None


def test_a_taken_port_is_named_with_what_to_do(up: Callable[..., Site]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        site = up(WEB_BIND=f"127.0.0.1:{port}")

        assert site.ended() == 1
    assert f"Something else listens on 127.0.0.1:{port}" in site.output
    assert "WEB_BIND=" in site.output
    assert "Traceback" not in site.output


@pytest.mark.parametrize("program", ["gunicorn_web", "gunicorn_live", "qcluster"])
def test_a_program_that_is_killed_is_started_again(up: Callable[..., Site], program: str) -> None:
    site = up()
    site.until_ready()
    main = site.processes(program)[0]

    main.send_signal(signal.SIGKILL)

    wait_until(lambda: "starting it again" in site.output)
    wait_until(lambda: any(process.pid != main.pid for process in site.processes(program)))
    wait_until(lambda: _answers(site))
    run_id = site.trigger("policy-checker").json()["run_id"]
    assert site.until_ended(run_id)["result"] == "approved"


def _answers(site: Site) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{site.url}/healthz").status_code == 200
    return False


def test_programs_do_not_outlive_an_up_that_was_killed(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()
    processes = site.processes()

    site.process.send_signal(signal.SIGKILL)
    site.ended()

    wait_until(lambda: not [process for process in processes if is_alive(process)], 40)
    again = up()
    again.until_ready()
    assert again.trigger().status_code == 200


def test_the_open_api_is_off_where_others_can_reach_the_site(up: Callable[..., Site]) -> None:
    site = up(API_OPEN_ON_LOOPBACK="false")
    site.until_ready()

    assert site.trigger().status_code == 401


def test_a_run_can_be_watched_as_it_happens(up: Callable[..., Site]) -> None:
    site = up()
    site.until_ready()
    run_id = site.trigger("rehearsal").json()["run_id"]
    address = site.manage(
        "shell", "--no-imports", "-c",
        "from runs.models import AgentRun; from runs.schemas import stream_url_for;"
        f"print(stream_url_for(None, AgentRun.objects.get(pk='{run_id}')))",
    ).strip()  # fmt: skip

    with httpx.stream("GET", address, timeout=30) as stream:
        text = "".join(stream.iter_text())

    assert "event: run" in text
    assert '"status": "completed"' in text
    assert text.rstrip().endswith("event: end\ndata: {}")
