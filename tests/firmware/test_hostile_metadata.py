"""Whatever bytes are offered as metadata, an import ends in one of our errors and never in another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.firmware.memory import in_memory
from tests.firmware.place import Place

ROLES = ("timestamp", "snapshot", "targets", "anna", "root")
ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


class Offered:
    """A place whose next versions are offered with one file bent, again and again."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder)
        self.place.workshop.next_root()
        self.place.workshop.publish()
        self.good = {role: self.place.workshop.newest(role).read_bytes() for role in ROLES}
        self._before = self.place.digest()

    def refused(self, role: str, content: bytes) -> None:
        """The file is offered; the import refuses, and the cache stays as it was."""
        path = self.place.workshop.newest(role)
        path.write_bytes(content)
        said = self.place.imported()
        path.write_bytes(self.good[role])
        assert said.code == 3, said
        assert self.place.digest() == self._before


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offered]:
    with in_memory(tmp_path_factory.mktemp("hostile")) as folder:
        yield Offered(folder)


def paths_in(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a JSON document."""
    yield at
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from paths_in(value, (*at, key))


def with_value(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A document with another value at that place."""
    if not at:
        return value
    holder = document
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = value
    return document


FEW = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("role", ROLES)
@FEW
@given(data=st.data())
def test_any_value_in_place_of_any_other_is_refused(role: str, offered: Offered, data: st.DataObject) -> None:
    document = json.loads(offered.good[role])
    at = data.draw(st.sampled_from(list(paths_in(document))))
    bent = json.dumps(with_value(document, at, data.draw(ODD)))
    if json.loads(offered.good[role]) != json.loads(bent):
        offered.refused(role, bent.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("role", ROLES)
@FEW
@given(data=st.data())
def test_any_cut_or_changed_byte_is_refused(role: str, offered: Offered, data: st.DataObject) -> None:
    good = offered.good[role]
    cut = data.draw(st.integers(0, len(good) - 3))
    offered.refused(role, good[:cut])
