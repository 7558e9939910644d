"""What a plan is tied to: another value of any of it needs another plan."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass

_NAME_LENGTH = 40
_SHOWN_LENGTH = 100


@dataclass(frozen=True)
class Gpu:
    """The GPU that a plan was tuned on, as the driver names it, and the driver's version.

    compute_capability: such as '8.7'.
    """

    name: str
    compute_capability: str
    driver: str


@dataclass(frozen=True)
class PlanKey:
    """Says which plan it is.

    model: its name. onnx_sha256: of the graph, as hex digits. tensorrt: its version. shapes: of
    the graph's inputs by name, with `visible` [1, H, W, 3] among them. options: all else that the
    builder was told, by name. Both are in order of their names.
    """

    model: str
    onnx_sha256: str
    tensorrt: str
    gpu: Gpu
    precision: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    options: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over all fields, as hex digits; the same in every process and version."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(',', ':'))
        return hashlib.sha256(text.encode('ascii')).hexdigest()

    @property
    def stem(self) -> str:
        """Name of the plan's files without ending: model, precision, size and part of the digest.

        Of letters, digits, '_' and '-' only, whatever the model is called.
        """
        height, width = dict(self.shapes)['visible'][1:3]
        model, precision = _in_file_name(self.model), _in_file_name(self.precision)
        return f'{model}-{precision}-{height}x{width}-{self.digest[:16]}'

    def differences(self, asked: PlanKey) -> list[str]:
        """Return in words, field by field, where this key is not the one asked for."""
        ours, theirs = _fields(self), _fields(asked)
        return [
            f'{name} {_shown(ours[name])}, now {_shown(theirs[name])}'
            for name in ours
            if ours[name] != theirs[name]
        ]


def _fields(key: PlanKey) -> dict[str, object]:
    fields = vars(key).copy()
    gpu = fields.pop('gpu')
    return fields | {f'gpu {name}': value for name, value in vars(gpu).items()}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f'{text[:_SHOWN_LENGTH]}…'


def _in_file_name(text: str) -> str:
    return re.sub('[^A-Za-z0-9_]+', '-', text).strip('-')[:_NAME_LENGTH] or 'unnamed'
