"""Raw binary: bytes and nothing else.  Where they go, and what they are, somebody else has to say."""

from __future__ import annotations

from appliance.firmware.containers.declared import check_size
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import ContainerBlock, Segment
from appliance.firmware.containers.names import software_of_file


def read_raw(data: bytes, name: str, limits: Limits) -> ContainerBlock:
    """The file as one segment without an address; its software, where it is named as PSdZ names files.

    Raises:
        ContainerError: it is larger than the limit.
    """
    check_size("the file", len(data), limits, name)
    return ContainerBlock(name, (Segment(None, data),), software_of_file(name))
