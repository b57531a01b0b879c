"""How a worker ended is known, though django-q2 forgets it."""

from __future__ import annotations

import os
import signal

from runs.broker.ends import REMEMBERED, Ends
from tests.broker.dealing import victim


def ended(code: int) -> int:
    """A child that has ended and is still to be waited for."""
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def test_the_signal_of_one_that_was_killed_is_kept_and_it_is_left_to_be_waited_for() -> None:
    ends = Ends()
    with victim() as process:
        ends.look([process.pid])
        assert ends.exit_code_of(process.pid) is None, "it lives"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        ends.look([process.pid])

        assert ends.exit_code_of(process.pid) == -signal.SIGKILL
        assert process.wait() == -signal.SIGKILL


def test_the_code_of_one_that_left_is_kept() -> None:
    ends, pid = Ends(), ended(3)
    ends.look([pid])
    os.waitpid(pid, 0)
    assert ends.exit_code_of(pid) == 3


def test_what_others_have_waited_for_and_what_is_nobodys_child_is_passed_over() -> None:
    ends, pid = Ends(), ended(0)
    os.waitpid(pid, 0)
    ends.look([pid, 1])
    assert (ends.exit_code_of(pid), ends.exit_code_of(1)) == (None, None)


def test_only_the_last_are_remembered() -> None:
    ends, pids = Ends(), [ended(0) for _ in range(REMEMBERED + 1)]
    ends.look(pids)
    for pid in pids:
        os.waitpid(pid, 0)
    assert [ends.exit_code_of(pid) for pid in (pids[0], pids[1], pids[-1])] == [None, 0, 0]
