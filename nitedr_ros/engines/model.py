"""A model: one folder with an ONNX file, `model.yaml` that describes it, and its card."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.errors import EngineError

DESCRIPTION = 'model.yaml'
GraphPrecision = Literal['fp32', 'fp16', 'int8']
"""What a graph states its networks to compute in."""


class Variant(BaseModel):
    """The same networks in another precision."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    onnx: str = Field(min_length=1, description='file name of the graph, beside the description')
    sha256: str = Field(pattern='^[0-9a-f]{64}$', description='of the graph file')


class Model(BaseModel):
    """The description of one model, as it stands in its `model.yaml`.

    The graph takes `visible` uint8 [1, H, W, 3] RGB and `thermal` uint8 [1, H, W] and gives
    `fused` and `derained` uint8 [1, H, W, 3] RGB. H and W are those of `size` where it has one,
    else any multiples of size_multiple pixels. With `camera_frames`, it takes images as the
    cameras give them instead.
    """

    model_config = ConfigDict(extra='forbid', frozen=True, protected_namespaces=())

    name: str = Field(min_length=1, description='what --model takes')
    version: str = Field(description='version of the weights')
    summary: str = Field(description='one line for the list of models')
    onnx: str = Field(description='file name of the graph, beside the description')
    sha256: str = Field(pattern='^[0-9a-f]{64}$', description='of the graph file')
    size_multiple: int = Field(ge=1, description='height and width are padded to multiples of it')
    size: tuple[int, int] | None = Field(
        None, description='height and width of a graph that takes one size only'
    )
    card: str = Field('', description="file name of the model's card, beside the description")
    precision: GraphPrecision = Field('fp32', description='precision of the graph')
    variants: dict[GraphPrecision, Variant] = Field(
        default_factory=dict, description='graphs of the same networks in other precisions'
    )
    camera_frames: CameraFrames | None = Field(
        None, description='of a graph that works on images as the cameras give them'
    )

    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode='after')
    def _check_size(self) -> Model:
        if self.camera_frames is not None and self.size is None:
            raise ValueError('expected size beside camera_frames')
        return self

    @property
    def path(self) -> Path:
        """Where the graph lies."""
        return self._folder / self.onnx

    def located(self, folder: Path) -> Model:
        """Return the same model, its files in `folder`."""
        self._folder = folder
        return self

    @property
    def precisions(self) -> tuple[GraphPrecision, ...]:
        """The precisions that there is a graph of, its own first."""
        return (self.precision, *(name for name in self.variants if name != self.precision))

    def at(self, precision: GraphPrecision) -> Model:
        """Return the same model with its graph of that precision.

        Raises EngineError where there is none.
        """
        if precision == self.precision:
            return self
        if precision not in self.variants:
            raise EngineError(
                f'expected a {precision} graph of {self.name}, there are '
                f'{", ".join(self.precisions)}: nitedr export --precision {precision} '
                f'--variant-of {self.name} makes one, or set engine.precision'
            )
        found = self.variants[precision]
        changed = {'onnx': found.onnx, 'sha256': found.sha256, 'precision': precision}
        return self.model_copy(update=changed).located(self._folder)

    @property
    def yardstick(self) -> Model:
        """The same model with the graph that others are compared with: in fp32, if there is one.

        One in another precision alone is computed as it is; on the CPU, in fp32 inside.
        """
        return self.at('fp32') if 'fp32' in self.precisions else self

    def for_pairs(self) -> Model:
        """Return the same model; EngineError where its graph takes no pairs of one view."""
        if self.camera_frames is not None:
            raise EngineError(
                f'expected a model of networks alone, {self.name} takes images as the cameras '
                'give them: choose the model that it was made from'
            )
        return self

    def padded(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width, pixels, to which images of this size are padded for the graph.

        Raises EngineError where they are larger than all that the graph takes.
        """
        if self.size is None:
            multiple = self.size_multiple
            return height + -height % multiple, width + -width % multiple
        if height > self.size[0] or width > self.size[1]:
            raise EngineError(
                f'model {self.name} takes images of {self.size[1]} x {self.size[0]} pixels, got '
                f'{width} x {height}: set geometry.processing_size, or choose another model'
            )
        return self.size

    def read_verified(self) -> bytes:
        """Return the graph's bytes; EngineError when they are missing or not those described."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise EngineError(
                f'expected the graph of model {self.name} at {self.path}, '
                f'could not read it ({error.strerror}): install the package again'
            ) from None
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise EngineError(
                f'expected {self.path} to have SHA-256 {self.sha256[:12]}…, found {found[:12]}…: '
                f'the file was altered or cut; install the package again'
            )
        return content


def read_model(description: Path) -> Model:
    """Read one `model.yaml`; EngineError when it can't be understood."""
    try:
        model = Model.model_validate(yaml.safe_load(description.read_text('utf-8')))
    except OSError as error:
        raise EngineError(f'expected a model at {description}: {error.strerror}') from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise EngineError(f'expected a model description in {description}: {reason}') from None
    except ValidationError as error:
        raise EngineError(
            f'expected a model description in {description}: {_complaint(error)}'
        ) from None
    return model.located(description.parent)


def list_models(*folders: Path) -> list[Model]:
    """Return all models of some registry folders, by name; two of one name raise EngineError."""
    descriptions = [path for folder in folders for path in folder.glob(f'*/{DESCRIPTION}')]
    models: dict[str, Model] = {}
    for model in map(read_model, sorted(descriptions)):
        other = models.setdefault(model.name, model)
        if other is not model:
            raise EngineError(
                f'expected one model {model.name}, got two, {other.path.parent} and '
                f'{model.path.parent}: rename one in its {DESCRIPTION}'
            )
    return [models[name] for name in sorted(models)]


def find_model(name: str, *folders: Path) -> Model:
    """Return the model of that name; EngineError naming the ones there are."""
    models = {model.name: model for model in list_models(*folders)}
    if name not in models:
        known = ', '.join(models) or 'none'
        where = ' or '.join(map(str, folders))
        raise EngineError(f'expected a model of {where} ({known}), got {name!r}')
    return models[name]


def _complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    name = '.'.join(map(str, first['loc']))
    said = ' '.join(first['msg'].removeprefix('Value error, ').split())
    return f'{name}: {said}' if name else said
