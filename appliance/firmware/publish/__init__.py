"""The publisher's side of the firmware cache: keys, and the signed repository a workshop hands out."""
