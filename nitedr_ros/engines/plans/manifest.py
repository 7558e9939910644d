"""What lies beside a plan and says what it is, how it was made and why it was accepted."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from nitedr_ros import __version__
from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.errors import EngineError

FORMAT: Final = 1
"""Changes where older manifests can't be read any more."""

_Sha256 = Annotated[str, Field(pattern='^[0-9a-f]{64}$')]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Refusal(BaseModel):
    """A precision that was tried before and not taken."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    precision: str
    reason: str


class PlanManifest(BaseModel):
    """Describes one plan."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    format: Literal[1] = FORMAT
    key: PlanKey
    plan_sha256: _Sha256
    plan_bytes: int = Field(ge=1)
    built_at: AwareDatetime = Field(description='UTC')
    build_seconds: _NotNegative
    nitedr: str = Field(description='version that built it')
    verdict: str = Field(description='of the acceptance gate, in words')
    mean_difference: _NotNegative = Field(description='from fp32, grey levels')
    tail_difference: _NotNegative = Field(description='that 99.9 % keep to, grey levels')
    refused: tuple[Refusal, ...] = ()

    @classmethod
    def of(
        cls,
        key: PlanKey,
        content: bytes,
        *,
        build_seconds: float,
        verdict: str,
        mean_difference: float,
        tail_difference: float,
        refused: tuple[Refusal, ...] = (),
    ) -> PlanManifest:
        """Describe a plan that has just been built and accepted.

        content: the plan, not empty. mean_difference, tail_difference: from fp32, grey levels.
        """
        return cls(
            key=key,
            plan_sha256=hashlib.sha256(content).hexdigest(),
            plan_bytes=len(content),
            built_at=datetime.now(timezone.utc).replace(microsecond=0),
            build_seconds=build_seconds,
            nitedr=__version__,
            verdict=verdict,
            mean_difference=mean_difference,
            tail_difference=tail_difference,
            refused=refused,
        )

    def describes(self, content: bytes) -> bool:
        """Tell whether these bytes are the plan, by length and SHA-256."""
        return (
            len(content) == self.plan_bytes
            and hashlib.sha256(content).hexdigest() == self.plan_sha256
        )

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, with a SHA-256 of its own."""
        body = self.model_dump(mode='json')
        sealed = {'manifest': body, 'sha256': hashlib.sha256(_json(body)).hexdigest()}
        return _json(sealed)


class _Sealed(BaseModel):
    model_config = ConfigDict(extra='forbid')

    manifest: PlanManifest
    sha256: _Sha256


def read_manifest(content: bytes, path: Path) -> PlanManifest:
    """Understand what `PlanManifest.to_bytes` wrote.

    path: names it in errors. Raises EngineError where a single byte is different.
    """
    try:
        manifest = _Sealed.model_validate_json(content).manifest
    except ValidationError as error:
        # Errors come in the order of the fields: that of the format, which explains others, first.
        first = error.errors()[0]
        place = '.'.join(map(str, first['loc']))
        reason = ' '.join(f'{place} {first["msg"]}'.split())[:200]
        raise EngineError(f'expected a manifest of format {FORMAT} in {path}: {reason}') from None
    # There is one way to write a manifest, so this compares its SHA-256 too.
    if manifest.to_bytes() != content:
        raise EngineError(f'expected {path} as it was written, it was altered')
    return manifest


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, allow_nan=False) + '\n').encode('ascii')
