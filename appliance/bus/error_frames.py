"""What a CAN controller reports of itself: error frames, read and counted.

An error frame is no frame of the bus: the driver makes it, with classes as bits of its id and details in its data.

    id     class               data
    0x001  transmit timeout
    0x002  lost arbitration    0: at which bit
    0x004  controller          1: overflow, error state
    0x008  protocol            2, 3: what, and where in the frame
    0x010  transceiver         4: which line
    0x020  no acknowledgement
    0x040  bus-off
    0x080  bus error           as "protocol", which most drivers set as well
    0x100  restarted
    0x200  counters            6: transmit errors, 7: receive errors

Rules: of several states in one frame the worst counts, so bus-off stands until a frame says otherwise; what is missing
from the data is as if it were 0; a frame without any class (adapters that are no SocketCAN interface) is a disturbed
frame of the bus, because nobody says more.

Pure.  Source: linux/can/error.h.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.engine.link_health import BusHealth, ControllerState
from appliance.errors import LinkError

ERROR_CLASSES = 0x3FF  # every class above; as a mask of CAN_RAW_ERR_FILTER: all of them are wanted

_TX_TIMEOUT, _LOST_ARBITRATION, _CONTROLLER, _PROTOCOL, _TRANSCEIVER = 0x001, 0x002, 0x004, 0x008, 0x010
_NO_ACK, _BUS_OFF, _BUS_ERROR, _RESTARTED, _COUNTERS = 0x020, 0x040, 0x080, 0x100, 0x200
_OVERFLOW, _WARNING, _PASSIVE, _ACTIVE = 0x03, 0x0C, 0x30, 0x40  # of data[1]; receiving and sending together
_LENGTH = 8


def counted(health: BusHealth, error_id: int, data: bytes | bytearray) -> BusHealth:
    """The health after one more error frame.

    Args:
        error_id: Its id, without the flag that makes it an error frame.
        data: At most eight bytes.
    """
    details = bytes(data[:_LENGTH]).ljust(_LENGTH, b"\0")
    controller = details[1] if error_id & _CONTROLLER else 0
    state = _state(error_id, controller)
    counters = bool(error_id & _COUNTERS)
    return replace(
        health,
        state=health.state if state is None else state,
        tx_errors=details[6] if counters else health.tx_errors,
        rx_errors=details[7] if counters else health.rx_errors,
        error_frames=health.error_frames + 1,
        warning=health.warning + (state is ControllerState.WARNING),
        passive=health.passive + (state is ControllerState.PASSIVE),
        bus_off=health.bus_off + (state is ControllerState.BUS_OFF),
        restarted=health.restarted + bool(error_id & _RESTARTED),
        no_ack=health.no_ack + bool(error_id & _NO_ACK),
        disturbed=health.disturbed + _is_disturbed(error_id),
        transceiver=health.transceiver + bool(error_id & _TRANSCEIVER),
        tx_timeout=health.tx_timeout + bool(error_id & _TX_TIMEOUT),
        lost_arbitration=health.lost_arbitration + bool(error_id & _LOST_ARBITRATION),
        overflow=health.overflow + bool(controller & _OVERFLOW),
    )


def off_the_bus(where: str) -> LinkError:
    """What is to be said when the controller has gone off the bus."""
    return LinkError(
        "the CAN controller has gone off the bus (bus-off): its frames were destroyed again and again, and it neither "
        "sends nor hears until it is restarted; requests under way count as lost",
        where=where,
        do="leave the charger on, the ignition as it is and the plug in: started anew, the appliance restarts the "
        "controller and goes on; if this comes again, check the plug and its two CAN wires for a short, swapped "
        "wires or a second terminator (60 Ω between them, power off), and that the bit rate is the car's",
    )


def _state(error_id: int, controller: int) -> ControllerState | None:
    """The state that a frame tells; None: it tells none."""
    if error_id & _BUS_OFF:
        return ControllerState.BUS_OFF
    if controller & _PASSIVE:
        return ControllerState.PASSIVE
    if controller & _WARNING:
        return ControllerState.WARNING
    if controller & _ACTIVE or error_id & _RESTARTED:
        return ControllerState.ACTIVE
    return None


def _is_disturbed(error_id: int) -> bool:
    """Whether a frame of the bus was not as it should be; one that only lacks its acknowledgement is counted there."""
    told = bool(error_id & (_PROTOCOL | _BUS_ERROR)) and not error_id & _NO_ACK
    return told or not error_id & ERROR_CLASSES
