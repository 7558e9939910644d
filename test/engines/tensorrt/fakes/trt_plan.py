"""The fake's plans: what was built and for what, in front of the graph itself."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, dataclass

MAGIC = b'FAKE-PLAN\0'


class PlanError(Exception):
    """Bytes that are no plan."""


@dataclass(frozen=True)
class PlanHeader:
    """What a plan was built with.

    shapes: of the inputs, -1 where a side is open. profiles: for each one, the least, best and
    largest shape of each input. precision: 'fp32', 'fp16', 'bf16' or 'int8'.
    """

    version: str
    gpu: str
    compute_capability: tuple[int, int]
    hardware_compatibility: str
    strongly_typed: bool
    flags: tuple[str, ...]
    precision: str
    shapes: dict[str, tuple[int, ...]]
    profiles: tuple[dict[str, tuple[tuple[int, ...], ...]], ...]
    layers: int
    profiling_verbosity: str


def write_plan(header: PlanHeader, onnx: bytes) -> bytes:
    """Return a plan."""
    described = json.dumps(asdict(header)).encode()
    body = struct.pack('<I', len(described)) + described + onnx
    return MAGIC + hashlib.sha256(body).digest() + body


def read_plan(content: bytes) -> tuple[PlanHeader, bytes]:
    """Return header and graph; raises PlanError where the bytes are none or not whole."""
    start = len(MAGIC) + 32
    if content[: len(MAGIC)] != MAGIC or len(content) < start + 4:
        raise PlanError('Serialization assertion magicTagRead == kMAGIC_TAG failed.')
    body = content[start:]
    if hashlib.sha256(body).digest() != content[len(MAGIC) : start]:
        raise PlanError('Serialization assertion sizeRead == static_cast<uint64_t>(size) failed.')
    (length,) = struct.unpack('<I', body[:4])
    values = json.loads(body[4 : 4 + length])
    values['compute_capability'] = tuple(values['compute_capability'])
    values['shapes'] = {name: tuple(shape) for name, shape in values['shapes'].items()}
    values['profiles'] = tuple(
        {name: tuple(map(tuple, three)) for name, three in profile.items()}
        for profile in values['profiles']
    )
    return PlanHeader(**values), body[4 + length :]
