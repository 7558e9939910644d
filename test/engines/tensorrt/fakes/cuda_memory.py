"""Memory of a GPU that is none: every address and every byte is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Kind = Literal['device', 'host']
Bytes = npt.NDArray[np.uint8]

FIRST_ADDRESS = 1 << 60
"""Addresses on the GPU are none of this process: who reads them without CUDA crashes."""
ALIGNMENT, PAGE = 256, 4096
"""Where memory of the GPU and of the host begins, bytes."""
NEW, FREED = 0xCD, 0xDD
"""What memory holds before something is written there, and after it has been given back."""


class MemoryFaultError(Exception):
    """An address that is nobody's, or no longer, or memory that ends before the copy does."""


class OutOfMemoryError(Exception):
    """The GPU has less memory left."""


@dataclass(eq=False)
class Allocation:
    """One piece of memory; `owner` is who asked for it, such as 'cudaMalloc'."""

    address: int
    kind: Kind
    owner: str
    content: Bytes
    mapped: bool = False
    freed: bool = False

    @property
    def count(self) -> int:
        """Its size, bytes."""
        return int(self.content.size)

    def __contains__(self, address: int) -> bool:
        return self.address <= address < self.address + max(1, self.count)

    def __str__(self) -> str:
        return f'{self.count} bytes of {self.kind} memory at {self.address:#x} ({self.owner})'


@dataclass
class Memory:
    """All memory that CUDA knows of.

    total: bytes of the GPU. integrated: whether host memory is taken from it, too.
    """

    total: int
    integrated: bool
    all: list[Allocation] = field(default_factory=list)
    _next: int = FIRST_ADDRESS

    @property
    def live(self) -> list[Allocation]:
        """What has not been given back."""
        return [allocation for allocation in self.all if not allocation.freed]

    @property
    def used(self) -> int:
        """Bytes of the GPU's memory that are taken."""
        return sum(piece.count for piece in self.live if piece.kind == 'device' or self.integrated)

    def take(self, count: int, kind: Kind, owner: str, *, mapped: bool = False) -> Allocation:
        """Allocate; raises OutOfMemoryError."""
        if (kind == 'device' or self.integrated) and self.used + count > self.total:
            raise OutOfMemoryError
        if kind == 'host':
            # Freed memory is kept, so that an address is never given out twice.
            pages = np.full(count + PAGE, NEW, np.uint8)
            content = pages[-pages.ctypes.data % PAGE :][:count]
            address = content.ctypes.data
        else:
            content, address = np.full(count, NEW, np.uint8), self._next
            self._next += count + -count % ALIGNMENT + ALIGNMENT
        piece = Allocation(address, kind, owner, content, mapped)
        self.all.append(piece)
        return piece

    def give_back(self, address: int, kind: Kind) -> None:
        """Free what begins at this address; raises MemoryFaultError."""
        piece = self._at(address)
        if piece.address != address or piece.kind != kind or piece.owner == 'TensorRT':
            raise MemoryFaultError(
                f'{address:#x} can not be freed as {kind} memory: it is {piece}'
            )
        self.drop(piece)

    def drop(self, piece: Allocation) -> None:
        """Free a piece."""
        piece.freed = True
        piece.content[:] = FREED

    def find(self, address: int, count: int, kind: Kind | None = None) -> Bytes:
        """Return the bytes there, to be read and written; raises MemoryFaultError.

        kind: how they are used; mapped host memory serves as memory of the GPU as well.
        """
        piece = self._at(address)
        start = address - piece.address
        if start + count > piece.count:
            raise MemoryFaultError(f'{count} bytes at {address:#x} reach beyond {piece}')
        if kind not in (None, piece.kind) and not (kind == 'device' and piece.mapped):
            raise MemoryFaultError(f'{address:#x} is used as {kind} memory: it is {piece}')
        return piece.content[start : start + count]

    def _at(self, address: int) -> Allocation:
        # Newest first, although no address is given out twice.
        for piece in reversed(self.all):
            if address in piece:
                if piece.freed:
                    raise MemoryFaultError(f'{address:#x} has been freed: it was {piece}')
                return piece
        raise MemoryFaultError(f'{address:#x} is no memory that CUDA knows')
