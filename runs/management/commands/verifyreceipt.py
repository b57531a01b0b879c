"""``manage.py verifyreceipt``: whether a run's receipt is as it was made."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from enum import IntEnum
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from runs import receipts
from runs.receipts import NoReceiptHere, Receipt, read_receipt
from runs.receipts.sealing import known_keys
from runs.terminal.asking import refusals

EXIT_CODES = """
exit codes:
  0  untouched, and sealed by this site (or by --key)
  1  changed since it was sealed: what, is printed
  2  no receipt that can be read, or bad usage
  3  untouched, but sealed with a key that is not this site's (or not --key)
  4  untouched, but the site's stored run says otherwise, or is gone (--against-site)
  5  the database does not answer (--against-site)
"""


class ReceiptCode(IntEnum):
    """What the exit code says."""

    CHANGED = 1
    UNREADABLE = 2
    FOREIGN = 3
    STORED_OTHERWISE = 4


class Command(BaseCommand):
    """Reads the file, holds it against its seal and, if asked, against the stored run."""

    help = "Says whether a receipt (JSON or HTML) is as it was made, and if not, what was changed. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXIT_CODES
        parser.add_argument("file", nargs="?", metavar="FILE", help="The receipt; - reads it from standard input.")
        parser.add_argument(
            "--key", metavar="HEX", help="The public key it must be sealed with; default: this site's."
        )
        parser.add_argument(
            "--against-site",
            action="store_true",
            help="Also compare it with the run, document and policy kept here.",
        )
        parser.add_argument("--show-key", action="store_true", help="Only print this site's public key.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show_key"]:
            self.stdout.write(receipts.public_key())
            return
        receipt = self._read(options["file"])
        verdict = receipts.verify(receipt)
        if not verdict.is_untouched:
            raise CommandError("\n".join(["CHANGED", *verdict.faults]), returncode=ReceiptCode.CHANGED)
        if not verdict.is_by([options["key"].lower()] if options["key"] else known_keys()):
            whose = "the key given" if options["key"] else "one of this site's keys"
            sentence = f"Untouched since it was sealed, but not with {whose}: {verdict.key}"
            raise CommandError(sentence, returncode=ReceiptCode.FOREIGN)
        self._say_what(receipt, verdict.key)
        if options["against_site"]:
            with refusals():
                self._compare(receipt)

    def _read(self, name: str | None) -> Receipt:
        if name is None:
            raise CommandError("Name the file of a receipt.", returncode=ReceiptCode.UNREADABLE)
        try:
            return read_receipt(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror or error}.", returncode=ReceiptCode.UNREADABLE) from None
        except NoReceiptHere as reason:
            raise CommandError(str(reason), returncode=ReceiptCode.UNREADABLE) from None

    def _say_what(self, receipt: Receipt, key: str) -> None:
        run, agent = receipt.content["run"], receipt.content["agent"]
        self.stdout.write(f"Untouched: run {run['id']}, {agent['name']} {agent['version']}, {run['status']}.")
        self.stdout.write(f"Sealed with {key}")

    def _compare(self, receipt: Receipt) -> None:
        differences = receipts.differences_to_site(receipt)
        if differences:
            said = ["The site says otherwise.", *differences]
            raise CommandError("\n".join(said), returncode=ReceiptCode.STORED_OTHERWISE)
        self.stdout.write("The site's stored run, document and policy say the same.")
