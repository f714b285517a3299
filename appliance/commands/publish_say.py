"""How the publisher's commands speak: plain lines, as long as they are, so that they can be read by a program too."""

from __future__ import annotations

import textwrap

from rich.console import Console

WIDTH = 100  # of a paragraph; a line that names files is not folded


def say(*lines: str) -> None:
    """Print lines as they are."""
    console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def tell(paragraph: str) -> None:
    """Print a paragraph for people, folded."""
    say(*textwrap.wrap(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False), "")
