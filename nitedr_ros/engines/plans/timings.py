"""What TensorRT learnt of a GPU's kernels, which makes the next build faster."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.engines.plans.trusted_file import read_trusted_file, write_trusted_file
from nitedr_ros.engines.plans.trusted_folder import TrustedFolder
from nitedr_ros.errors import EngineError

_LARGEST_BYTES = 2**28


def read_timings(folder: TrustedFolder, key: PlanKey) -> bytes:
    """Return what is known of the key's GPU with its TensorRT; nothing where it isn't whole."""
    try:
        content = read_trusted_file(folder, _name(key), _LARGEST_BYTES)
    except (EngineError, FileNotFoundError):
        return b''
    seal, timings = content[:32], content[32:]
    return timings if hashlib.sha256(timings).digest() == seal else b''


def write_timings(folder: TrustedFolder, key: PlanKey, timings: bytes) -> None:
    """Keep them, behind their SHA-256, for all models on this GPU; raises EngineError."""
    write_trusted_file(folder, _name(key), hashlib.sha256(timings).digest() + timings)


def _name(key: PlanKey) -> str:
    tied_to = json.dumps([key.tensorrt, asdict(key.gpu)], sort_keys=True)
    return f'{hashlib.sha256(tied_to.encode("ascii")).hexdigest()[:16]}.timings'
