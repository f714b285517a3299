"""A container, whatever it is, as one value: the door of this package for reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from appliance.firmware.containers.data_files import DataFiles
from appliance.firmware.containers.declared import check_size
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.intel_hex import read_intel_hex
from appliance.firmware.containers.limits import LIMITS, Limits
from appliance.firmware.containers.model import ContainerBlock, ContainerContent, ContainerKind, Session
from appliance.firmware.containers.odx import Document, read_odx
from appliance.firmware.containers.pdx import open_pdx
from appliance.firmware.containers.psdz import read_psdz
from appliance.firmware.containers.raw import read_raw
from appliance.firmware.containers.recognise import Shape, recognise
from appliance.firmware.containers.s_record import read_s_record
from appliance.firmware.containers.source import Source, read_sources

_PLAIN = {
    Shape.RAW: (ContainerKind.BINARY, read_raw),
    Shape.INTEL_HEX: (ContainerKind.INTEL_HEX, read_intel_hex),
    Shape.S_RECORD: (ContainerKind.S_RECORD, read_s_record),
}
_ONE = "give the files of one container"


def read_container(paths: Sequence[Path], limits: Limits = LIMITS) -> ContainerContent:
    """What the files hold together.

    Args:
        paths: One container: the `.bin` and `.xml` of PSdZ pairs; a PDX or an ODX-F document, with the data files it
            names; or any number of raw, Intel HEX or S-record files, all of one format.
        limits: What is refused for its size alone.

    Raises:
        ContainerError: the files cannot be read, are of no known format, do not belong together, are damaged,
            contradict themselves or break the limits; file, line, record or datablock.
        UsageError: the format needs a library of the extra `publish`, which is not installed.
    """
    return read_content(read_sources(paths, limits), limits)


def read_content(sources: Sequence[Source], limits: Limits = LIMITS) -> ContainerContent:
    """As `read_container`, of files that are read already; there is at least one."""
    content = _content(sources, limits)
    check_size("the container", sum(len(one.data) for one in content.segments), limits, sources[0].name)
    if len(content.segments) > limits.segments:
        what = f"{len(content.segments)} segments in all, at most {limits.segments} are taken"
        raise ContainerError(what, where=sources[0].name, do="give fewer files at once")
    return content


def _content(sources: Sequence[Source], limits: Limits) -> ContainerContent:
    shapes, trouble = _shapes(sources)
    leading = {shape for shape in shapes if shape and shape not in _PLAIN}
    if trouble and not leading:  # beside a leader a file may look like anything
        raise trouble
    if len(leading) > 1:
        raise _mixed(leading, sources)
    leaders = [one for one, shape in zip(sources, shapes, strict=True) if shape in leading]
    others = [one for one, shape in zip(sources, shapes, strict=True) if shape not in leading]
    files = tuple(one.file for one in sources)
    if leading == {Shape.PSDZ_HEADER}:
        pairs, notes = read_psdz(leaders, others, limits)
        return ContainerContent(ContainerKind.PSDZ, files, pairs, notes=notes)
    if leading:
        blocks, sessions = _odx(leaders, others, leading.pop(), limits)
        return ContainerContent(ContainerKind.ODX_F, files, blocks, sessions)
    if len(set(shapes)) > 1:
        raise _mixed({shape for shape in shapes if shape}, sources)
    kind, read = _PLAIN[shapes[0] or Shape.RAW]
    return ContainerContent(kind, files, tuple(read(one.data, one.name, limits) for one in sources))


def _shapes(sources: Sequence[Source]) -> tuple[list[Shape | None], ContainerError | None]:
    """What each file looks like, None where that is nothing; and the first such trouble."""
    shapes: list[Shape | None] = []
    trouble = None
    for one in sources:
        try:
            shapes.append(recognise(one.data, one.name))
        except ContainerError as error:
            shapes.append(None)
            trouble = trouble or error
    return shapes, trouble


def _odx(
    leaders: Sequence[Source], others: Sequence[Source], shape: Shape, limits: Limits
) -> tuple[tuple[ContainerBlock, ...], tuple[Session, ...]]:
    archive, documents = None, [Document(one.name, one.data) for one in leaders]
    if shape is Shape.ARCHIVE:
        if len(leaders) > 1:
            raise ContainerError(f"{len(leaders)} archives at once", where=leaders[1].name, do=_ONE)
        archive, documents = open_pdx(leaders[0], limits)
    files = DataFiles({one.name: one.data for one in others}, archive)
    content = read_odx(documents, files.find, limits)
    if unused := files.unused():
        raise ContainerError("no flash data name this file", where=unused[0], do="leave it out, or give what belongs")
    return content


def _mixed(shapes: set[Shape], sources: Sequence[Source]) -> ContainerError:
    names = " and ".join(sorted(shape.value for shape in shapes))
    return ContainerError(f"files of different kinds at once: {names}", where=sources[0].name, do=_ONE)
