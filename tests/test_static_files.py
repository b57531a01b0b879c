"""What is served under hashed names finds the rest of itself there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command

from agentsite.static_files import HashedFiles

IMPORTED = re.compile(r"""^import (?:[^"']* from )?["']\./([^"']+)["']""", re.MULTILINE)
OURS = re.compile(r"^[a-z]+\.[0-9a-f]{12}\.js$")


def test_every_module_that_another_imports_is_there_under_the_name_it_imports(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    command = CollectStatic()
    command.storage = HashedFiles(location=tmp_path)
    call_command(command, interactive=False, verbosity=0)

    modules = [path for path in tmp_path.glob("*.js") if OURS.match(path.name)]
    imported = {name for module in modules for name in IMPORTED.findall(module.read_text())}

    assert len(imported) >= 3
    assert [name for name in imported if not OURS.match(name) or not (tmp_path / name).exists()] == []
