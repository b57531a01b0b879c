"""A receipt as a page: to read and print, sealed itself, with the data in it, so that one file does.

Made of the receipt's data alone: the same data gives the same page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.template.loader import render_to_string

from runs.canonical import canonical
from runs.receipts.sealing import sign

LONGEST_TEXT: Final = 2_000
MOST_ROWS: Final = 2_000
PAGE_SEAL: Final = re.compile(r'(<meta name="agentsite-receipt-seal" content=")([^"]*)(">)')
VALUE_COLUMNS: Final = ("label", "value", "page", "quote", "confidence", "source", "grounding")
FINDING_COLUMNS: Final = ("title", "severity", "status", "explanation", "quotes")
SHOWN_APART: Final = ("fields", "findings")


def text_of(receipt: Mapping[str, Any]) -> str:
    """The receipt as JSON, to be read by people too."""
    return json.dumps(receipt, ensure_ascii=False, indent=2) + "\n"


def page_of(receipt: Mapping[str, Any]) -> str:
    """The receipt as a page."""
    bare = render_to_string("receipts/receipt.html", _context(receipt)).lstrip()
    return PAGE_SEAL.sub(lambda found: found[1] + sign(bare.encode()) + found[3], bare, count=1)


def page_seal(page: str) -> tuple[str, str]:
    """A page without its seal, and the seal; empty where there is none."""
    found = PAGE_SEAL.search(page)
    if found is None:
        return page, ""
    return page[: found.start(2)] + page[found.end(2) :], found[2]


def _context(receipt: Mapping[str, Any]) -> dict[str, Any]:
    outcome = _object(receipt.get("outcome"))
    agent, run, seal = (_object(receipt.get(name)) for name in ("agent", "run", "seal"))
    output = outcome.get("output")
    rest = {name: value for name, value in _object(output).items() if name not in SHOWN_APART}
    return {
        "title": f"{_text(agent.get('name'))} · {_text(run.get('id'))}",
        "status": _text(run.get("status")),
        "partial": _text(outcome.get("finished")) if outcome.get("is_partial") else "",
        "groups": [
            (label, _rows(receipt.get(name), MOST_ROWS))
            for name, label in (
                ("run", "Run"),
                ("agent", "Agent"),
                ("document", "Document"),
                ("policy", "Policy"),
                ("model", "Language model"),
                ("settings", "Limits"),
                ("input", "Input"),
            )
            if receipt.get(name) is not None
        ],
        "outcome": _rows({name: value for name, value in outcome.items() if name != "output"}, MOST_ROWS),
        "findings": [[_text(each[name]) for name in FINDING_COLUMNS] for each in _findings(output)],
        "values": [[_text(each.get(name)) for name in VALUE_COLUMNS] for each in _objects(output, "fields")],
        "rest": _rows(rest if isinstance(output, dict) else output, MOST_ROWS),
        "waivers": _rows(receipt.get("waivers"), MOST_ROWS) if receipt.get("waivers") else [],
        "events": [
            [_text(each.get(name)) for name in ("at", "kind", "attempt", "actor", "message", "hash")]
            for each in _objects(receipt, "events")
        ],
        "log": _rows(receipt.get("log"), MOST_ROWS),
        "origin": _rows({name: receipt.get(name) for name in ("format", "site", "software")}, MOST_ROWS),
        "seal": _rows({name: value for name, value in seal.items() if name != "marks"}, MOST_ROWS),
        "data": text_of(receipt),
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = _object(value).get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _findings(output: Any) -> Iterator[dict[str, Any]]:
    """Each with the quotes that show it, and their pages."""
    for finding in _objects(output, "findings"):
        quotes = [
            f"page {_text(each.get('page'))}: “{_text(each.get('quote'))}”" for each in _objects(finding, "evidence")
        ]
        status = str(finding.get("status", "")).replace("_", " ")
        yield {**dict.fromkeys(FINDING_COLUMNS), **finding, "status": status, "quotes": "\n".join(quotes)}


def _rows(value: Any, most: int) -> list[tuple[str, str]]:
    """Every value that says something, with the words that lead to it; in the order in which they stand."""
    rows = [(_label(path), _text(leaf)) for path, leaf in _in_order(value) if leaf not in (None, "", [], {})]
    return rows[:most] + ([("…", f"{len(rows) - most} more, in the data below")] if len(rows) > most else [])


def _in_order(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Sequence[str | int], Any]]:
    match value:
        case dict() if value:
            for name, inner in value.items():
                yield from _in_order(inner, (*path, name))
        case list() if value and all(isinstance(each, str | int | float) for each in value) and len(value) <= 10:
            yield path, ", ".join(_text(each) for each in value)
        case list() if value:
            for place, inner in enumerate(value, start=1):
                yield from _in_order(inner, (*path, place))
        case _:
            yield path, value


def _label(path: Sequence[str | int]) -> str:
    return " › ".join(str(step).replace("_", " ") for step in path)


def _text(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return "yes" if value else "no"
        case str():
            return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]} … (whole in the data below)"
        case _:
            return canonical(value)
