"""What the documents say about the project is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AXES = {"axes_reset", "axes_reset_ip", "axes_reset_username"}


def variables_read() -> set[str]:
    own = [ROOT / "agentsite" / f"{name}.py" for name in ("signing_in", "language_models")]
    readers = [*own, *(ROOT / "agentsite" / "settings").glob("*.py")]
    source = "".join(path.read_text() for path in readers)
    return set(re.findall(r'env(?:\.\w+\(|,)\s*"([A-Z_]+)"', source))


def test_every_variable_is_in_the_example_and_no_other() -> None:
    described = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert described == variables_read()


def test_only_the_settings_read_the_environment() -> None:
    """Others pass variables on: ``up`` to its programs, and as few as possible to agents' and onlookers' processes."""
    readers = [
        str(path.relative_to(ROOT))
        for folder in ("agentsite", "runs")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    ]

    assert sorted(readers) == [
        "agentsite/asgi.py",
        "agentsite/processes.py",
        "agentsite/wsgi.py",
        "runs/document_processes.py",
        "runs/documents/engine.py",
        "runs/management/commands/up.py",
        "runs/processes.py",
    ]


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=str)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=str)
def test_tests_that_are_named_exist(document: Path) -> None:
    for named in re.findall(r"`(tests/[\w./-]*)`", document.read_text()):
        assert (ROOT / named).exists(), f"{document.name} names {named}"


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=str)
def test_make_targets_and_commands_that_are_named_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = {path.stem for path in (ROOT / "runs" / "management" / "commands").glob("*.py")}
    text = document.read_text()

    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    ours = {"changepassword", "migrate", "check", "shell", "qcluster", "collectstatic", "createsuperuser"} | commands
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= ours | AXES
