"""The lens that a camera_info names."""

from __future__ import annotations

import math

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.equidistant_lens import EquidistantLens
from nitedr_ros.geometry.lens import Lens
from nitedr_ros.geometry.polynomial_lens import PolynomialLens

_COUNTS = {
    'plumb_bob': (0, 4, 5),
    'rational_polynomial': (8, 12, 14),
    'equidistant': (4,),
}
"""Numbers of parameters of each model (sensor_msgs/distortion_models.hpp, OpenCV)."""

PINHOLE = PolynomialLens('plumb_bob', (0.0,) * 5)
"""The lens that changes nothing."""


def lens_of(model: str, d: tuple[float, ...]) -> Lens:
    """Return the lens by the distortion_model and d of a camera_info.

    A camera_info that names no model and gives no parameters, or zeros, has no distortion. Raises
    CalibrationError for an unknown model, a wrong number of parameters, NaN and infinity.
    """
    if not model and not any(d):
        return PINHOLE
    if model not in _COUNTS:
        raise CalibrationError(
            f'expected a distortion_model of {", ".join(_COUNTS)}, got {model!r}; '
            'calibrate with one of these'
        )
    if len(d) not in _COUNTS[model]:
        counts = ' or '.join(map(str, _COUNTS[model]))
        raise CalibrationError(
            f'expected {counts} parameters d of the model {model}, got {len(d)}; calibrate again'
        )
    if not all(map(math.isfinite, d)):
        raise CalibrationError(f'expected finite parameters d, got {list(d)}; calibrate again')
    return EquidistantLens(model, d) if model == 'equidistant' else PolynomialLens(model, d)
