"""Level catalogues in a repository: what an import takes, and by which name it refuses the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.firmware.store import Store
from tests.firmware.place import Place
from tests.firmware.repository import IMAGE, Workshop, campaign_text

LEVEL = "f056-17-03-502"
DATABLOCK = f"""
[[units.variants.datablocks]]
name = "program"
software = "swfl_00002cce-021_020_002"
address = 0x8002_0000
length = {len(IMAGE)}
file = "image.bin"
sha256 = "{hashlib.sha256(IMAGE).hexdigest()}"
"""


def unit(address: int, name: str, kind: str, needs: int | None = None, needed: str = "", block: str = "") -> str:
    """One address with one variant; `needs` another address to carry `needed`."""
    need = f'[[units.variants.needs]]\naddress = {needs}\nsoftware = "{needed}"\n' if needs is not None else ""
    return f"""
[[units]]
address = {address}
name = "{name}"

[[units.variants]]
name = "any"
hwel = ["hwel_0000{kind}b-001_003_004"]
target_software = ["swfl_0000{kind}e-021_020_002"]
security = "bench-stand-in"
{need}{block}"""


def catalogue(*units: str, level: str = "F056-17-03-502", name: str = LEVEL) -> str:
    head = f'id = "{name}"\ntitle = "a level"\nsource = "made for a test"\nlevel = "{level}"\n'
    return head + "".join(units or (unit(0x12, "DME", "2cc", block=DATABLOCK),))


def going_by(name: str = LEVEL, campaign: str = "by-level") -> str:
    """A campaign that has no control units of its own."""
    head, _, _ = campaign_text(campaign).partition("\n[[units]]")
    return head.replace("[affected]", f'levels = "{name}"\nunits = []\n\n[affected]')


def publish(workshop: Workshop, *, levels: str, campaign: str = "", author: str = "anna", name: str = LEVEL) -> None:
    workshop.put(author, f"{author}/images/image.bin", IMAGE)
    workshop.put(author, f"{author}/levels/{name}.toml", levels.encode())
    workshop.put(author, f"{author}/campaigns/by-level.toml", (campaign or going_by()).encode())
    workshop.publish()


def test_a_campaign_comes_with_the_catalogue_it_goes_by(tmp_path: Path) -> None:
    place = Place(tmp_path)
    publish(place.workshop, levels=catalogue())
    assert place.imported().code == 0
    found = {one.campaign.id: one.catalogue for one in Store(place.cache).signed()}
    assert found["by-level"] is not None
    assert found["by-level"].id == LEVEL
    assert [one.catalogue.id for one in Store(place.cache).catalogues()] == [LEVEL]


def test_the_images_of_a_catalogue_are_loaded_like_any_other(tmp_path: Path) -> None:
    place = Place(tmp_path)
    publish(place.workshop, levels=catalogue())
    place.imported()
    store = Store(place.cache)
    (signed,) = (one for one in store.signed() if one.catalogue)
    assert [store.load_image(block) for block in signed.datablocks] == [IMAGE]


def test_the_list_names_the_catalogue(tmp_path: Path) -> None:
    place = Place(tmp_path)
    publish(place.workshop, levels=catalogue())
    place.imported()
    assert f"level catalogue {LEVEL} of anna: F056-17-03-502, 1 control unit" in place.listed().out


def without_catalogue(workshop: Workshop) -> None:
    workshop.put("anna", "anna/campaigns/by-level.toml", going_by().encode())
    workshop.publish()


def without_image(workshop: Workshop) -> None:
    block = DATABLOCK.replace("image.bin", "another.bin")
    publish(workshop, levels=catalogue(unit(0x12, "DME", "2cc", block=block)))


def of_another_author(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.put("bob", "bob/images/image.bin", IMAGE)
    workshop.put("bob", f"bob/levels/{LEVEL}.toml", catalogue().encode())
    without_catalogue(workshop)


def of_two_authors(workshop: Workshop) -> None:
    workshop.author("bob")
    workshop.put("bob", "bob/images/image.bin", IMAGE)
    workshop.put("bob", f"bob/levels/{LEVEL}.toml", catalogue().encode())
    publish(workshop, levels=catalogue())


def in_a_circle(workshop: Workshop) -> None:
    one = unit(0x12, "DME", "2cc", 0x60, "swfl_00002d0e-021_020_002", DATABLOCK)
    other = unit(0x60, "instrument cluster", "2d0", 0x12, "swfl_00002cce-021_020_002")
    publish(workshop, levels=catalogue(one, other))


def of_another_level(workshop: Workshop) -> None:
    publish(workshop, levels=catalogue(level="F056-17-07-502"))


def contradicting(workshop: Workshop) -> None:
    """The first campaign of the workshop, and one that holds the same DME to something else."""
    other = campaign_text("first").replace("021_020_002", "021_030_000")
    workshop.put("anna", "anna/campaigns/other.toml", other.replace('id = "first"', 'id = "other"').encode())
    workshop.publish()


def by_another_name(workshop: Workshop) -> None:
    publish(workshop, levels=catalogue(), name="another")


REFUSED: dict[str, tuple[Callable[[Workshop], None], tuple[str, ...]]] = {
    "no catalogue": (without_catalogue, (f"goes by the level catalogue {LEVEL}", "anna signed for no such catalogue")),
    "no image": (without_image, ("needs the image another.bin", f"anna/levels/{LEVEL}.toml")),
    "another author's": (of_another_author, ("anna signed for no such catalogue",)),
    "two authors": (of_two_authors, (f"the level catalogue {LEVEL} is signed by two authors, anna and bob",)),
    "a circle": (in_a_circle, ("there is no order: ", "DME 0x12", "which needs", "instrument cluster 0x60")),
    "another level": (of_another_level, ("the campaign's target is F056-17-03-502, the catalogue is F056-17-07-502",)),
    "a contradiction": (contradicting, ("contradict each other", "DME 0x12", "by first", "by other")),
    "another name": (by_another_name, (f"it holds the level catalogue {LEVEL}",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_not_be_carried_out_is_refused_by_name_and_nothing_is_imported(case: str, tmp_path: Path) -> None:
    publish_it, words = REFUSED[case]
    place = Place(tmp_path)
    before = place.digest()
    publish_it(place.workshop)
    said = place.imported()
    assert (said.code, place.digest()) == (3, before)
    assert [word for word in words if word not in said.err] == []


def test_an_author_from_before_there_were_catalogues_is_still_believed(tmp_path: Path) -> None:
    place = Place(tmp_path, imported=False)
    place.workshop.author("bob", ["bob/campaigns/*", "bob/images/*"])
    place.workshop.campaign("bob", "second")
    place.workshop.publish()
    assert place.imported().code == 0


def test_such_an_authors_catalogue_is_not(tmp_path: Path) -> None:
    place = Place(tmp_path, imported=False)
    place.workshop.author("bob", ["bob/campaigns/*", "bob/images/*"])
    publish(place.workshop, levels=catalogue(), author="bob")
    assert place.imported().code == 3
