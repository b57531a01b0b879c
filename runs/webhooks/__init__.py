"""Telling users' own programs of what happens to their runs.

A delivery is written with the event itself (``runs.lifecycle.outbox``); what follows is here.
Every cluster sends, beside its other chores; it is signed as https://www.standardwebhooks.com
says, tried again with growing pauses, and never sent to an address inside our own network.

- ``hooks``: making, changing, pausing and deleting a webhook
- ``sealing``: its secret, kept so that only this site can read it
- ``destinations``: where it may lead, and which address that is
- ``payloads``: what a receiver is told
- ``signing``: the headers by which it knows that it was us
- ``sending``: one request, and what came back
- ``deliveries``: who sends which, when again, and when no more
- ``courier``: the thread of a cluster that sends
"""

from runs.webhooks.courier import keep_sending, stop_sending
from runs.webhooks.deliveries import page_of, send_again
from runs.webhooks.hooks import MOST_WEBHOOKS, change, create, delete, pause, resume, rotate, send_test, switched_off
from runs.webhooks.payloads import body_of

__all__ = [
    "MOST_WEBHOOKS",
    "body_of",
    "change",
    "create",
    "delete",
    "keep_sending",
    "page_of",
    "pause",
    "resume",
    "rotate",
    "send_again",
    "send_test",
    "stop_sending",
    "switched_off",
]
