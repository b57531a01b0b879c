"""Collected static files are compressed, named by their content, and find each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agentsite.static_files import collect_if_changed


def test_every_import_of_a_collected_module_leads_to_a_file(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    assert collect_if_changed()

    imports = [
        (module.name, name)
        for module in tmp_path.glob("*.js")
        for name in re.findall(r"""(?:from|import)\s*\(?\s*["']\./([^"']+)["']""", module.read_text())
    ]
    assert imports
    assert [(module, name) for module, name in imports if not (tmp_path / name).exists()] == []
    assert all(Path(f"{path}.gz").exists() for path in tmp_path.glob("site.*.css"))


def test_nothing_is_collected_again_while_no_source_has_changed(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    assert collect_if_changed()
    assert not collect_if_changed()
