"""A copy of the checkout to put bugs into; the checkout itself is never changed.

The copy is what gets imported: its folder is the working directory of the tests and first in `PYTHONPATH`, before the
environment's editable install of the original.  `Trial.require_sound` proves it.

Python trusts a cached `.pyc` whose source has the same size and the same second; a mutant can have both.  So the
cache of a changed module is thrown away with every change.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis",
    "*.egg-info", "__pycache__", "data", "build", "dist",
)  # fmt: skip


class Workplace:
    """One copy, used by one worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=_LEFT_BEHIND, symlinks=True)

    def source(self, file: str) -> str:
        """The text of a file of the copy."""
        return (self.folder / file).read_text(encoding="utf-8")

    @contextmanager
    def changed(self, file: str, text: str) -> Iterator[None]:
        """The file has this text, until the end of the block."""
        original = self.source(file)
        self._write(file, text)
        try:
            yield
        finally:
            self._write(file, original)

    def _write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        for cached in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
            cached.unlink()
