"""Two serial CAN adapters on one wire, inside the machine: pseudo terminals under the kernel's slcan driver.

Prints the names of the two interfaces once they are up, then carries frames between them until it is killed.  While it
is stopped (SIGSTOP) nothing moves, and the transmit queues fill.  SIGUSR1: the first adapter reports that it went off
the bus.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tty

TIOCSETD, N_SLCAN = 0x5423, 17  # asm-generic/ioctls.h, linux/tty.h
SIOCGIFNAME = 0x8910
QUEUE_FRAMES = "2000"
BUS_OFF = b"sb256256\r"  # state, receive and transmit error counters (drivers/net/can/slcan)


def adapter() -> tuple[int, str]:
    """The end of the cable, and the interface at its other end."""
    cable, slave = pty.openpty()
    tty.setraw(slave)
    tty.setraw(cable)
    fcntl.ioctl(slave, TIOCSETD, struct.pack("i", N_SLCAN))
    name = fcntl.ioctl(slave, SIOCGIFNAME, bytes(16)).rstrip(b"\0").decode()
    for words in (("txqueuelen", QUEUE_FRAMES), ("up",)):
        subprocess.run(["ip", "link", "set", name, *words], check=True)
    return cable, name


def main() -> None:
    ends = [adapter(), adapter()]
    (first, _), (second, _) = ends
    other = {first: second, second: first}
    rest = {first: b"", second: b""}
    signal.signal(signal.SIGUSR1, lambda *_: os.write(first, BUS_OFF))
    sys.stdout.write(" ".join(name for _, name in ends) + "\n")
    sys.stdout.flush()
    while True:
        for cable in select.select(list(other), [], [])[0]:
            *lines, rest[cable] = (rest[cable] + os.read(cable, 4096)).split(b"\r")
            frames = b"".join(line + b"\r" for line in lines if line[:1] == b"t")
            while frames:
                frames = frames[os.write(other[cable], frames) :]


if __name__ == "__main__":
    main()
