"""What firmware comes in: raw binary, Intel HEX, S-record, ODX-F and PDX, PSdZ's pairs of `.bin` and `.xml`.

Used by the publisher on the author's computer, never by the appliance beside a car (decision 0024).  `read_container`
gives one value whatever the file was; `unpack` writes the bytes of each datablock as they will be sent.

Rules.  A container is recognised by what is in it, not by its name.  Nothing is guessed: what a container does not say
is None, and what contradicts itself is a `ContainerError`.  Memory is bounded by `Limits`, whatever a file declares.
Nothing is unpacked to be sent plain: compressed and encrypted data stay as they are, with their data format.
"""
