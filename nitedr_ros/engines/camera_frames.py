"""What a model's graph takes that works on images as the cameras give them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from nitedr_ros.errors import FrameError
from nitedr_ros.frames.encodings import ENCODINGS, encoding_named

LARGEST = 32_767
"""Pixels each way; maps of coordinates hold no more."""

_THERMAL = tuple(name for name, encoding in ENCODINGS.items() if encoding.kind == 'mono')


class CameraFormat(BaseModel):
    """The images of one camera: height and width in pixels, and a ROS encoding of integers."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    height: int = Field(ge=1, le=LARGEST)
    width: int = Field(ge=1, le=LARGEST)
    encoding: str

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of the graph's input, uint8 [1, rows, width, bytes of a pixel], low bytes first.

        nv12 and nv21 have rows of luma, then of chroma: 3 / 2 of the height.
        """
        layout = encoding_named(self.encoding)
        return (1, layout.rows(self.height), self.width, layout.row_bytes(1))

    @model_validator(mode='after')
    def _check(self) -> CameraFormat:
        try:
            layout = encoding_named(self.encoding)
            layout.check_size(self.height, self.width)
        except FrameError as error:
            # Pydantic takes no others.
            raise ValueError(str(error)) from None
        if layout.kind == 'float':
            raise ValueError(f'expected an encoding of integers, got {self.encoding}')
        if layout.kind == 'bayer' and (self.width % 2 or self.height % 2):
            raise ValueError(
                f'{self.encoding} image: expected an even width and height, got '
                f'{self.width}x{self.height}'
            )
        return self


class CameraFrames(BaseModel):
    """The images of both cameras, and how many pixels are averaged before they are resampled.

    The graph's inputs are

    - `visible`, `thermal`: uint8 of the shapes that `visible` and `thermal` here say;
    - `visible_grid`, `thermal_grid`: float32 [1, H, W, 2], see `geometry.sampling_grid`;
    - `thermal_range`: float32 [2], gain and offset: a thermal value becomes the grey level
      value * gain + offset, bright where it is warm;
    - `thermal_weight`: float32 [1, H, W], how much of the fused image goes out, the rest being
      the de-rained one: 1 where the thermal camera sees, 0 where not;
    - `thermal_present`: float32 [1], 1; or 0 where there is no thermal image to be fused.

    Its outputs are `fused` and `derained`, uint8 [1, H, W, 3] RGB, and `thermal_registered`, uint8
    [1, H, W], the grey levels. H and W are the model's `size`.
    """

    model_config = ConfigDict(extra='forbid', frozen=True)

    visible: CameraFormat
    thermal: CameraFormat
    visible_bins: tuple[int, int] = Field((1, 1), description='columns, rows; powers of 2')
    thermal_bins: tuple[int, int] = Field((1, 1), description='columns, rows; powers of 2')

    @field_validator('thermal')
    @classmethod
    def _check_thermal(cls, thermal: CameraFormat) -> CameraFormat:
        if thermal.encoding not in _THERMAL:
            raise ValueError(f'expected one of {", ".join(_THERMAL)}, got {thermal.encoding}')
        return thermal

    @field_validator('visible_bins', 'thermal_bins')
    @classmethod
    def _check_bins(cls, bins: tuple[int, int]) -> tuple[int, int]:
        if any(by < 1 or by & (by - 1) for by in bins):
            raise ValueError(f'expected powers of 2, got {bins[0]}x{bins[1]}')
        return bins

    @model_validator(mode='after')
    def _check_sizes(self) -> CameraFrames:
        for name, camera, (columns, rows) in (
            ('visible', self.visible, self.visible_bins),
            ('thermal', self.thermal, self.thermal_bins),
        ):
            if columns > camera.width or rows > camera.height:
                raise ValueError(
                    f'{name}: expected bins within {camera.width}x{camera.height} pixels, got '
                    f'{columns}x{rows}'
                )
        return self
