"""Several control units share one wire; one alone has it to itself."""

from __future__ import annotations

from appliance.procedure.words import Needs

NEEDS = Needs(datablock_s=100.0, unit_s=200.0, datablock_wire_s=10.0, unit_wire_s=30.0)


def test_one_control_unit_alone_needs_what_it_says() -> None:
    assert NEEDS.shared(1) == NEEDS
    assert NEEDS.shared(0) == NEEDS


def test_each_other_one_costs_the_wire_once_more() -> None:
    assert NEEDS.shared(3) == Needs(120.0, 260.0, 10.0, 30.0)
