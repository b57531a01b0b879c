"""``manage.py issuetoken``: a secret for a script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from runs import tokens
from runs.models import Scope
from runs.terminal.asking import refusals, refused, user_meant

LONGEST_DAYS = 3650


class Command(BaseCommand):
    """Prints the secret alone on stdout, so that it can be piped to where it belongs."""

    help = "Issues an API token and prints its secret, which is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="Whom the token stands for.")
        parser.add_argument("--name", default="issued on the command line", help="What the token is for.")
        parser.add_argument(
            "--expires-days", type=int, metavar="N", help="Refused after so many days; default: never."
        )

        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            dest="scopes",
            help="What it may be used for; may be given several times. Default: all that its user may.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["expires_days"]
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise refused(f"--expires-days must be between 1 and {LONGEST_DAYS}.")
        with refusals():
            user = user_meant(options["username"])
            expires_at = None if days is None else timezone.now() + timedelta(days=days)
            scopes = options["scopes"] or tokens.scopes_of(user)
            _, secret = tokens.issue(user, options["name"], scopes=scopes, expires_at=expires_at)
        until = f"until {expires_at:%Y-%m-%d}" if expires_at else "until it is revoked"
        self.stderr.write(f"A token for {user.username}, {until}. It is not shown again:", style_func=str)
        self.stdout.write(secret)
