"""Flags in a file that several processes have in their memory: who is in the middle of its work, and under which pid."""

import mmap

CHILDREN = ("publisher", "relay", "listener")
BUSY, PIDS, OVER, SIZE = 0, 8, 64, 128  # where in the file: a byte each, eight bytes each, a byte


class Flags:
    """The file, as whoever holds the pen sees it."""

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)

    def busy(self, child: str, now: int | None = None) -> int:
        place = BUSY + CHILDREN.index(child)
        if now is not None:
            self.map[place] = now
        return self.map[place]

    def pid(self, child: str, now: int | None = None) -> int:
        place = PIDS + 8 * CHILDREN.index(child)
        if now is not None:
            self.map[place : place + 8] = now.to_bytes(8, "big")
        return int.from_bytes(self.map[place : place + 8], "big")

    @property
    def over(self) -> bool:
        return bool(self.map[OVER])

    def end(self) -> None:
        self.map[OVER] = 1
