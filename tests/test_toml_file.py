"""A TOML file becomes frozen dataclasses, or one error that says where."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.config import Config
from appliance.errors import CampaignError, ConfigError
from appliance.toml_file import KeyPath, Rule, key_text, locate, parse_toml, read_text, read_toml

Size = Annotated[int, Rule("a positive whole number of bytes", lambda size: size > 0)]


class Colour(Enum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Word:
    letters: str


def parse_word(text: str) -> Word:
    if not text.isalpha():
        raise ValueError(f"{text!r} is no word")
    return Word(text)


@dataclass(frozen=True, slots=True)
class Block:
    name: str
    length: Size = 1


@dataclass(frozen=True, slots=True)
class Unit:
    address: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    title: str
    units: tuple[Unit, ...] = ()
    built: date | None = None
    colour: Colour = Colour.RED
    height_m: float = 0.0
    lit: bool = False
    words: tuple[Word, ...] = ()
    first: Unit = field(default_factory=lambda: Unit(0))


@dataclass(frozen=True, slots=True)
class Anything:
    """Only for its name; every key in it is unknown."""


def house(text: str) -> House:
    return parse_toml(text, "house.toml", House, ConfigError, {Word: parse_word}).value


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        house(text)
    return str(raised.value)


def line_of(text: str, at: KeyPath) -> str:
    return parse_toml(text, "house.toml", House, ConfigError).problem(at, "here").where


def test_a_whole_file_becomes_the_dataclass() -> None:
    text = """
title = "mine"
built = 2013-12-04
colour = "green"
height_m = 3
lit = true
words = ["one", "two"]
first.address = 0x10

[[units]]
address = 0x12
blocks = [{name = "a"}, {name = "b", length = 7}]
"""
    assert house(text) == House(
        title="mine",
        units=(Unit(0x12, (Block("a"), Block("b", 7))),),
        built=date(2013, 12, 4),
        colour=Colour.GREEN,
        height_m=3.0,
        lit=True,
        words=(Word("one"), Word("two")),
        first=Unit(0x10),
    )


NESTED = """\
title = "mine"

[[units]]
address = 1
[[units.blocks]]
name = "a"

[[units]]
address = 2
[[units.blocks]]
name = "b"
[[units.blocks]]
name = "c"
length = 'abc'
"""


def test_an_error_in_nested_tables_names_its_line_key_and_expectation() -> None:
    assert complaint(NESTED) == (
        "house.toml:14: units[1].blocks[1].length: expected a positive whole number of bytes, found 'abc'."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3", "house.toml:1: title: expected text in quotes, found 3."),
        ('title = "a"\nlit = 1', "house.toml:2: lit: expected true or false, found 1."),
        ('title = "a"\nfirst.address = true', "house.toml:2: first.address: expected a whole number, found true."),
        ('title = "a"\nheight_m = "3"', "house.toml:2: height_m: expected a number, found '3'."),
        ('title = "a"\nunits = 3', "house.toml:2: units: expected a list in brackets, found 3."),
        ('title = "a"\nfirst = []', "house.toml:2: first: expected a table, found a list."),
        ('title = "a"\ncolour = "blue"', "house.toml:2: colour: expected one of red, green, found 'blue'."),
        ('title = "a"\nwords = [\n  "a",\n  "3"]', "house.toml:4: words[1]: '3' is no word."),
        ('title = "a"\nwords = [4]', "house.toml:2: words[0]: expected text in quotes, found 4."),
        (
            'title = "a"\nbuilt = 2013-12-04T10:00:00',
            "house.toml:2: built: expected a date as YYYY-MM-DD, without quotes, found 2013-12-04T10:00:00.",
        ),
        ('title = "a"\n[first]\n\n', "house.toml:2: first.address: this key is missing."),
        ("lit = true", "house.toml:1: title: this key is missing."),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(text: str, said: str) -> None:
    assert complaint(text) == said


def test_an_unknown_key_gets_the_nearest_known_one() -> None:
    assert complaint('titel = "a"') == "house.toml:1: titel: unknown key. → did you mean title?"


def test_an_unknown_key_like_no_other_gets_the_list() -> None:
    assert "known keys: name, length" in complaint('title = "a"\nfirst = {address = 1, blocks = [{zzz = 1}]}')


@pytest.mark.parametrize(
    ("text", "line"),
    [("title = ", 1), ('title = "a"\n\nlit = maybe\n', 3), ('title = "a"\nlit = [1,\n', 3), ("a = 1\na = 2", 2)],
)
def test_a_syntax_error_names_its_line(text: str, line: int) -> None:
    assert complaint(text).startswith(f"house.toml:{line}: no valid TOML: ")


def test_a_value_nested_without_end_is_refused() -> None:
    assert "nested too deeply" in complaint("title = " + "[" * 5000 + "]" * 5000)


@pytest.mark.parametrize(
    ("text", "at", "line"),
    [
        ('title = "a"\r\n\r\nlit = true\r\n', ("lit",), 3),
        ('title = """\na\n\\"""\n"""\nlit = true', ("lit",), 5),
        ("title = '''\n\n'''''\nlit = true", ("lit",), 4),
        ('title = "#[[x]]" # [[units]]\nlit = true', ("lit",), 2),
        ('"title" = "a"\n[ "first" ]\n"address" = 1', ("first", "address"), 3),
        ('title = "a"\nwords = [ # one\n\n"a" , # two\n"b",\n]', ("words", 1), 5),
        (
            'title = "a"\nunits = [\n{address = 1},\n{address = 2, blocks = [\n{name="x"}]}]',
            ("units", 1, "blocks", 0),
            5,
        ),
        ('title = ""\n[[units]]\naddress = 1\n[[units]]\naddress = 1', ("units", 1), 4),
        ('title = ""\nfirst. address = 1', ("first",), 2),
    ],
)
def test_every_way_to_write_a_key_is_found(text: str, at: KeyPath, line: int) -> None:
    document = parse_toml(text, "house.toml", House, ConfigError, {Word: parse_word})
    assert document.problem(at, "here").where == f"house.toml:{line}"


def test_a_missing_key_is_missed_in_its_own_table() -> None:
    assert line_of(NESTED.replace("'abc'", "4"), ("units", 1, "blocks", 0, "sha")) == "house.toml:10"


def test_the_caller_chooses_the_error() -> None:
    with pytest.raises(CampaignError):
        parse_toml("", "x.toml", House, CampaignError)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_toml(tmp_path / "none.toml", House, ConfigError)


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path, ConfigError)


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'title = "a"\n# gr\xfcn\n')
    with pytest.raises(ConfigError) as raised:
        read_toml(path, House, ConfigError)
    assert raised.value.where == f"{path}:2"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b'\xef\xbb\xbftitle = "a"\r\n')
    assert read_toml(path, House, ConfigError).value.title == "a"


def test_key_paths_are_written_as_people_write_them() -> None:
    assert key_text(("units", 0, "blocks", 2, "length")) == "units[0].blocks[2].length"


@given(st.text(alphabet="ab.=[]{}\"'\\#\n\r\t ,1-:_é", max_size=60))
@example('a."b" = """""" # "\n[b.c]\n[[b.d]]')
@example("[[a]]\n[[a.b]]\n[a.b.c]\n[[a]]\n[a.b]\nx={y.z=[[],[{}]]}")
@example('a = """"b""""\nb = 1')
def test_whatever_tomllib_accepts_the_scanner_walks_to_the_end(text: str) -> None:
    """Text is either a located error or reaches the reader, which knows none of its keys."""
    try:
        plain = tomllib.loads(text.replace("\r\n", "\n"))
    except ValueError:
        plain = {"refused": ""}
    if plain:
        with pytest.raises(ConfigError, match=r"^fuzz.toml:\d+: "):
            parse_toml(text, "fuzz.toml", Anything, ConfigError)


KEYS = st.sampled_from(["alpha", "beta-2", '"ga mma"'])


@given(st.lists(st.tuples(KEYS, KEYS, st.integers(0, 3)), min_size=1, max_size=8))
def test_the_scanner_counts_lines_as_an_editor_does(entries: list[tuple[str, str, int]]) -> None:
    """Tables repeated in any order: each value, which is its line number, is where the scanner says it is."""
    rows: list[str] = []
    for first, second, blanks in entries:
        rows += [f"[[{first}]]", *[""] * blanks]
        rows += [f"[[{first}.{second}]]", f"here = {len(rows) + 2}"]
    text = "\n".join(rows)
    lines = locate(text)
    plain = tomllib.loads(text)
    for first, tables in plain.items():
        for index, table in enumerate(tables):
            for second, inner in table.items():
                for position, leaf in enumerate(inner):
                    assert lines[first, index, second, position, "here"] == leaf["here"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 0x" + "F" * 5000, "port: the number is larger than TOML knows"),
        ("port = 1" + "0" * 400, "port: the number is larger than TOML knows"),
        ("port = '" + "x" * 5000 + "'", "expected"),
        ("a." * 100 + "b = 1", "a key of more than fifty parts"),
        ("#" * 300_000, "longer than"),
    ],
)
def test_what_python_would_choke_on_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        parse_toml(f"[page]\n{text}\n", "kl30.toml", Config, ConfigError)
    assert len(str(refused.value)) < 600
    assert refused.value.where.startswith("kl30.toml")
