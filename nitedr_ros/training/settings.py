"""The configuration of a training run: what `nitedr train CONFIG` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nitedr_ros.errors import ConfigError
from nitedr_ros.training.rain.config import RainConfig

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0, le=1e4)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]
Minutes = Annotated[float, Field(gt=0.0, le=10_000.0)]
StageName = Literal['clean', 'fusion']
"""The two stages of a run, in their order."""
FIGURES = (
    'psnr',
    'psnr_alone',
    'thermal_gain',
    'dry_psnr',
    'thin_veil_gain',
    'near_streaks_gain',
    'lens_drops_gain',
    'qabf',
    'vif',
    'mse',
    'cc',
    'ssim',
)
"""What validation gives and a target can be set for; see `validation.validate`."""
Steps = Annotated[int, Field(ge=1, le=100_000_000)]


class Section(BaseModel):
    """A part of the configuration: nothing unknown in it, and it doesn't change."""

    model_config = ConfigDict(extra='forbid', frozen=True, allow_inf_nan=False)


class BudgetConfig(Section):
    """How long to train: for a time or for a number of steps, whichever is given."""

    minutes: Minutes | None = None
    steps: Steps | None = None

    @model_validator(mode='after')
    def _one_of_both(self) -> BudgetConfig:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError('expected either minutes or steps')
        return self


class PatchConfig(Section):
    """What a batch is made of: recorded rain, the rest clean frames under simulated rain."""

    batch: int = Field(32, ge=1, le=4096, description='patches in a step, of each process')
    side: int = Field(256, ge=64, le=1024, description='of a patch, pixels, a multiple of 16')
    recorded_share: Share = Field(0.4, description='of RoadScene-rain pairs')
    msrs_share: Share = Field(0.15, description='of the clean frames, the rest is RoadScene')
    widths: tuple[Annotated[int, Field(ge=64, le=4096)], ...] = Field(
        (512, 720, 1024), min_length=1, description='that clean RoadScene frames come in, pixels'
    )

    @model_validator(mode='after')
    def _side_fits(self) -> PatchConfig:
        if self.side % 16:
            raise ValueError('expected side to be a multiple of 16')
        return self


class ThermalConfig(Section):
    """What a thermal camera may do, so that the networks don't rely on more."""

    absent_share: Share = Field(0.15, description='of patches without a thermal image')
    gain_share: Share = Field(0.5, description='of patches with another gain and offset')
    least_gain: Share = 0.3
    largest_offset: Share = 0.1
    shifted_share: Share = Field(0.3, description='of patches whose thermal image is shifted')
    largest_shift_px: float = Field(1.0, ge=0.0, le=16.0, description='in x and y each')


class CleanWeights(Section):
    """Weights of the terms that CleanNet minimises; see `losses.deraining_terms`."""

    colour: Weight = 0.3
    luma: Weight = 0.0
    decibels: Weight = 0.015
    edges: Weight = 0.05
    spectrum: Weight = 0.0
    dry: Weight = 0.05


class FusionWeights(Section):
    """Weights of the terms that FusionNet minimises; see `fusion_losses.fusion_terms`.

    thermal_share: of the thermal image in the brightness that is wanted where nothing stands out:
    more of it raises CC and lowers MSE, and makes for a flatter, greyer image. warm_share: the
    same where something warm does.
    """

    thermal_share: Share = 0.3
    warm_share: Share = 0.8
    intensity: Weight = 1.5
    gradient: Weight = 1.0
    structure: Weight = 0.2
    squares: Weight = 4.0
    correlation: Weight = 0.4
    kept_edges: Weight = 0.8
    fidelity: Weight = 0.6
    colour: Weight = 1.0
    halo: Weight = 1.0
    lift: Weight = 0.3
    lamps: Weight = 1.0


class CleanStage(Section):
    """The first stage: CleanNet learns."""

    rate: Rate = Field(1e-3, description='learning rate after warm-up')
    warm_up_steps: int = Field(200, ge=0, le=100_000)
    weights: CleanWeights = CleanWeights()


class FusionStage(Section):
    """The second stage: FusionNet learns behind CleanNet."""

    share: Share = Field(0.3, description='of the whole budget')
    rate: Rate = 1e-3
    clean_rate: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        0.0, description="CleanNet's learning rate in this stage; 0 keeps it as it is"
    )
    warm_up_steps: int = Field(200, ge=0, le=100_000)
    weights: FusionWeights = FusionWeights()


class DistillationConfig(Section):
    """A larger trained pair to learn from."""

    run: Path = Field(description='folder that training the teacher wrote')
    output: Weight = Field(0.5, description='weight of the distance to its images')
    features: Weight = Field(0.05, description='weight of the distance to its features')


class OptimiserConfig(Section):
    """AdamW, the moving average of the weights, and what ends a run that diverges."""

    weight_decay: Weight = 1e-4
    clip: float = Field(
        0.1, gt=0.0, description='largest norm of the gradient; a usual one is half of it'
    )
    average: float = Field(0.999, ge=0.0, lt=1.0, description='decay of the moving average')
    skips_in_a_row: int = Field(25, ge=1, description='steps that may be not finite in a row')
    compiled: bool = Field(False, description='torch.compile; pays off on a GPU, after minutes')
    bf16: bool = Field(
        True, description='autocast to bfloat16 on a GPU, and on a CPU that computes in it'
    )


class ValidationConfig(Section):
    """How often validation looks, as a share of the budget."""

    every: float = Field(0.05, gt=0.0, le=1.0)
    threads: int = Field(8, ge=1, le=256, description='that compute figures')


class Target(Section):
    """What a validation figure should reach. unit: a shortfall of this much counts 1."""

    least: float | None = None
    most: float | None = None
    unit: float = Field(1.0, gt=0.0)

    @model_validator(mode='after')
    def _one_of_both(self) -> Target:
        if (self.least is None) == (self.most is None):
            raise ValueError('expected either least or most')
        return self

    def shortfall(self, figure: float) -> float:
        """Return by how many units `figure` misses the target; 0 where it is met."""
        if self.least is not None:
            missing = self.least - figure
        else:
            assert self.most is not None
            missing = figure - self.most
        return max(0.0, missing) / self.unit


class TrainingConfig(Section):
    """Everything that makes a run what it is, but the data and where it runs."""

    size: str = Field(description='of the pair, one of networks.realtime.SIZES')
    seed: int = Field(1, ge=0, le=2**31)
    budget: BudgetConfig
    start: Path | None = Field(None, description='folder of a run to take the first weights from')
    patches: PatchConfig = PatchConfig()
    thermal: ThermalConfig = ThermalConfig()
    rain: RainConfig = RainConfig()
    clean: CleanStage = CleanStage()
    fusion: FusionStage = FusionStage()
    distillation: DistillationConfig | None = None
    optimiser: OptimiserConfig = OptimiserConfig()
    validation: ValidationConfig = ValidationConfig()
    targets: dict[str, Target] = Field(default_factory=dict, description='by one of FIGURES')

    @model_validator(mode='after')
    def _targets_known(self) -> TrainingConfig:
        for name in self.targets:
            if name not in FIGURES:
                raise ValueError(f'expected targets of {", ".join(FIGURES)}, got {name}')
        return self


def load_training_config(
    path: Path, *, minutes: float | None = None, steps: int | None = None
) -> TrainingConfig:
    """Read a YAML file; minutes or steps, where given, replace its budget.

    Raises ConfigError, in one line, where the file can't be read or a value doesn't fit.
    """
    try:
        values = yaml.safe_load(path.read_text('utf-8'))
    except OSError as error:
        raise ConfigError(
            f'expected a training configuration at {path}: {error.strerror}'
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f'expected YAML in {path}: {" ".join(str(error).split())}') from None
    if not isinstance(values, dict):
        raise ConfigError(f'expected names and values in {path}, got {type(values).__name__}')
    if minutes is not None or steps is not None:
        values['budget'] = {'minutes': minutes, 'steps': steps}
    return validated(values, str(path))


def validated(values: dict[str, Any], source: str) -> TrainingConfig:
    """Return the configuration that these values make; ConfigError names `source`."""
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = '.'.join(str(part) for part in first['loc'])
        said = first['msg'].removeprefix('Value error, ')
        # What doesn't fit together is said already, and a whole section is no line.
        got = '' if isinstance(first['input'], dict) else f', got {first["input"]!r}'
        raise ConfigError(f'{source}: {name + ": " if name else ""}{said}{got}') from None
