"""What a calibration says about a camera: the fields of sensor_msgs/CameraInfo as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nitedr_ros.errors import CalibrationError

_NO_MATRIX = (0.0,) * 9
_NO_PROJECTION = (0.0,) * 12
_SAME = 0.01


@dataclass(frozen=True)
class RegionOfInterest:
    """The part of the sensor that the image shows, in pixels without binning; size 0 is all."""

    x_offset: int = 0
    y_offset: int = 0
    width: int = 0
    height: int = 0
    do_rectify: bool = False


@dataclass(frozen=True)
class CameraInfo:
    """A camera's calibration, meaning what sensor_msgs/msg/CameraInfo means by it (REP-104).

    width, height: pixels at which the camera was calibrated. distortion_model: 'plumb_bob',
    'rational_polynomial' or 'equidistant'. d: its parameters. k: raw pixels from the optical
    frame, row-major 3 x 3. r: rectification, row-major 3 x 3. p: rectified pixels from the
    rectified frame, row-major 3 x 4. (0, 0) is the centre of the first pixel. binning_x,
    binning_y: 0 and 1 mean none. All zero is not calibrated.
    """

    width: int
    height: int
    distortion_model: str = ''
    d: tuple[float, ...] = ()
    k: tuple[float, ...] = _NO_MATRIX
    r: tuple[float, ...] = _NO_MATRIX
    p: tuple[float, ...] = _NO_PROJECTION
    binning_x: int = 0
    binning_y: int = 0
    roi: RegionOfInterest = field(default_factory=RegionOfInterest)

    @property
    def calibrated(self) -> bool:
        """Whether it says anything about the lens (REP-104: K[0] is 0 where it doesn't)."""
        return len(self.k) == 9 and self.k[0] != 0.0

    def shares_view(self, other: CameraInfo) -> bool:
        """Whether images of both can show one view, whatever their sizes, to a hundredth of it.

        That is so where the lenses agree and so do the camera matrices in parts of the image.
        """
        return (
            self.distortion_model == other.distortion_model
            and _alike(self.d, other.d)
            and _alike(self._in_parts(), other._in_parts())
        )

    def _in_parts(self) -> tuple[float, ...]:
        """Return focal lengths and principal point in widths and heights of the image."""
        fx, _, cx, _, fy, cy = self.k[:6]
        width, height = max(self.width, 1), max(self.height, 1)
        return fx / width, fy / height, (cx + 0.5) / width, (cy + 0.5) / height

    @classmethod
    def from_message(cls, message: Any) -> CameraInfo:
        """Take over a sensor_msgs CameraInfo of rclpy or of a bag.

        Raises CalibrationError where the message lacks a field or holds something else in it.
        """
        try:
            roi = message.roi
            return cls(
                int(message.width),
                int(message.height),
                str(message.distortion_model),
                _floats(message.d),
                _floats(message.k),
                _floats(message.r),
                _floats(message.p),
                int(message.binning_x),
                int(message.binning_y),
                RegionOfInterest(
                    int(roi.x_offset),
                    int(roi.y_offset),
                    int(roi.width),
                    int(roi.height),
                    bool(roi.do_rectify),
                ),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise CalibrationError(
                f'expected a sensor_msgs/CameraInfo, got {type(message).__name__}: {error}'
            ) from None


def _alike(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    longest = max(len(first), len(second))
    pairs = zip(*((*v, *(0.0,) * (longest - len(v))) for v in (first, second)), strict=True)
    return all(abs(a - b) <= _SAME for a, b in pairs)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
