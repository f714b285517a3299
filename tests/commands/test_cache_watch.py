"""A stick that is plugged in: imported once, while nobody programs, and told to flasher and page."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import BUILT
from appliance.bench.cache import AUTHOR, BULLETIN, SEED, bench_campaigns
from appliance.campaign.load import parse_campaign
from appliance.clock import RealClock
from appliance.commands.cache_watch import Watcher, watch
from appliance.config import Config
from appliance.engine.files import replace_file
from appliance.engine.incoming import ImportState, read_notice
from appliance.errors import UsageError
from appliance.events import Phase
from appliance.firmware.contents import datablocks
from appliance.firmware.publish.content import AuthorContent, Validity
from appliance.firmware.publish.keys import throwaway_keys
from appliance.firmware.publish.repository import build_repository
from appliance.firmware.store import Store
from appliance.firmware.synthetic import synthetic_image
from appliance.firmware.trust import pin
from appliance.status import Status
from appliance.values import to_json

LASTING = Validity(*4 * (36_500.0,))


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


def plugged_in(mounts: Path, seed: bytes = SEED) -> Path:
    """A stick with the bench's repository."""
    stick = mounts / "STICK" / "kl30"
    texts = tuple((name, text.encode()) for name, text in bench_campaigns(BULLETIN))
    images = {
        block.file: synthetic_image(block.software, block.length)
        for name, text in bench_campaigns(BULLETIN)
        for block in datablocks(parse_campaign(text, name))
    }
    content = AuthorContent(AUTHOR, texts, tuple(images.items()))
    build_repository(stick, throwaway_keys(seed, (AUTHOR,)), BUILT, (content,), LASTING)
    return stick


class Shop:
    """An appliance that trusts the bench, and its watcher."""

    def __init__(self, tmp_path: Path, mounts: Path) -> None:
        self.config = replace(Config(), data=tmp_path / "data", cache=tmp_path / "cache")
        self.config.data.mkdir()
        self.said: list[str] = []
        self.watcher = Watcher(self.config, RealClock(), mounts, self.said.append)

    def trusts(self, repository: Path) -> None:
        pin(self.config.cache, repository / "metadata" / "1.root.json", "")

    def flasher_is(self, phase: Phase) -> None:
        replace_file(self.config.data / "status.json", to_json(Status(phase=phase)), durable=False)

    @property
    def state(self) -> ImportState | None:
        notice = read_notice(self.config.data)
        return notice.state if notice else None

    @property
    def campaigns(self) -> list[str]:
        return [one.id for one in Store(self.config.cache).campaigns()]


@pytest.fixture
def shop(tmp_path: Path, mounts: Path) -> Shop:
    return Shop(tmp_path, mounts)


def test_a_stick_of_the_publisher_is_imported_by_itself(shop: Shop, mounts: Path) -> None:
    shop.trusts(plugged_in(mounts))
    shop.watcher.look()
    assert shop.state is ImportState.IMPORTED
    assert BULLETIN in shop.campaigns


def test_it_is_imported_once(shop: Shop, mounts: Path) -> None:
    shop.trusts(plugged_in(mounts))
    for _ in range(3):
        shop.watcher.look()
    assert len(shop.said) == 1


def test_a_changed_repository_is_imported_again(shop: Shop, mounts: Path) -> None:
    stick = plugged_in(mounts)
    shop.trusts(stick)
    shop.watcher.look()
    os.utime(stick / "metadata" / "timestamp.json", ns=(1, 1))
    shop.watcher.look()
    assert len(shop.said) == 2


def test_a_stick_that_is_pulled_out_and_plugged_in_is_tried_again(shop: Shop, mounts: Path) -> None:
    stick = plugged_in(mounts)
    shop.trusts(stick)
    shop.watcher.look()
    stick.parent.rename(mounts.parent / "pocket")
    shop.watcher.look()
    (mounts.parent / "pocket").rename(stick.parent)
    shop.watcher.look()
    assert len(shop.said) == 2


@pytest.mark.parametrize("phase", [Phase.CHECKING, Phase.PROGRAMMING, Phase.HELD, Phase.RESUMING])
def test_under_a_running_job_nothing_is_imported_and_afterwards_it_is(phase: Phase, shop: Shop, mounts: Path) -> None:
    shop.trusts(plugged_in(mounts))
    shop.flasher_is(phase)
    shop.watcher.look()
    assert (shop.state, shop.campaigns) == (None, [])
    shop.flasher_is(Phase.DONE)
    shop.watcher.look()
    assert shop.state is ImportState.IMPORTED


def test_anybodys_stick_is_refused_in_words_and_changes_nothing(shop: Shop, mounts: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shop.trusts(plugged_in(elsewhere))
    plugged_in(mounts, seed=b"somebody else")
    shop.watcher.look()
    notice = read_notice(shop.config.data)
    assert notice is not None
    assert notice.state is ImportState.REFUSED
    assert notice.words.startswith("the firmware on the stick was not imported: ")
    assert notice.do
    assert shop.campaigns == []


def test_a_stick_that_holds_something_else_is_nobodys_business(shop: Shop, mounts: Path) -> None:
    (mounts / "HOLIDAY" / "pictures").mkdir(parents=True)
    shop.watcher.look()
    assert (shop.state, shop.said) == (None, [])


def test_a_folder_that_is_not_there_is_named(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        watch(shop.config, tmp_path / "nowhere", shop.said.append)
