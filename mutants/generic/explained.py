"""What is known of survivors: `explained.toml`, by file, function and mutation."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True, slots=True)
class Explained:
    """Why one survivor is no gap: it changes nothing, or nothing that matters."""

    file: str
    function: str
    mutation: str
    why: str


@dataclass(frozen=True, slots=True)
class Explanations:
    """`figures`: how the newest runs ended, in words; `survivors` in order of file and function."""

    figures: str
    survivors: tuple[Explained, ...]

    def why(self, file: str, function: str, mutation: str) -> str:
        """The explanation; empty: there is none."""
        for one in self.survivors:
            if (one.file, one.function, one.mutation) == (file, function, mutation):
                return one.why
        return ""


def load_explained(path: Path = EXPLAINED) -> Explanations:
    """What the file says."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    survivors = [Explained(**entry) for entry in document.get("survivor", [])]
    survivors.sort(key=lambda one: (one.file, one.function, one.mutation))
    return Explanations(str(document.get("figures", "")).strip(), tuple(survivors))
