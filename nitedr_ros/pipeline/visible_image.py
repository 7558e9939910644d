"""A visible frame and its image in the output view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nitedr_ros.frames.frame import Frame
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.pipeline.deferred import Deferred


@dataclass(frozen=True, eq=False)
class VisibleImage:
    """A visible frame as it came, the output view, and its image there, made when asked for."""

    frame: Frame
    view: VisibleView
    made: Deferred[npt.NDArray[np.uint8]]

    @property
    def image(self) -> npt.NDArray[np.uint8]:
        """uint8 [h, w, 3] RGB in the output view."""
        return self.made.get()
