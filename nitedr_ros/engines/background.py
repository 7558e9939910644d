"""Preparing an engine for another image size while frames go on."""

from __future__ import annotations

import threading
import time

from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.engine import Engine, FramesInference, Image, Inference
from nitedr_ros.engines.wrapped import WrappedEngine
from nitedr_ros.errors import EngineBusyError, EngineError, NitedrError


class BackgroundEngine(WrappedEngine):
    """Prepares an engine in a thread of its own; until that is done, it is busy.

    For engines that take minutes to be ready for a size, in a node that must not stand still.
    """

    def __init__(self, engine: Engine, ready_for: tuple[int, int] | None = None) -> None:
        """ready_for: height and width that the engine has been prepared for already."""
        super().__init__(engine)
        self._ready_for = ready_for
        self._preparing: threading.Thread | None = None
        self._since_s = 0.0
        self._failures: dict[tuple[int, int], str] = {}

    def warm_up(self, height: int, width: int) -> None:
        """Begin to prepare for a size, unless that is done.

        Raises EngineBusyError while a size is being prepared, EngineError where this one can't be.
        """
        size = (height, width)
        if self._preparing is not None and self._preparing.is_alive():
            seconds = time.monotonic() - self._since_s
            raise EngineBusyError(f'the engine has been preparing for {seconds:.0f} s')
        if size in self._failures:
            raise EngineError(self._failures[size])
        if size == self._ready_for:
            return
        self._since_s = time.monotonic()
        self._preparing = threading.Thread(
            target=self._prepare, args=(size,), name='nitedr prepare', daemon=True
        )
        self._preparing.start()
        raise EngineBusyError(f'the engine prepares for {width}x{height}')

    def infer(self, visible: Image, thermal: Image) -> Inference:
        """De-rain and fuse one pair; raises EngineBusyError, besides, as `warm_up` does."""
        self.warm_up(*visible.shape[:2])
        return super().infer(visible, thermal)

    def infer_frames(self, pair: CameraPair) -> FramesInference:
        """Do all that is to be done with images as the cameras give them; likewise."""
        self.warm_up(*pair.visible_grid.shape[1:3])
        return super().infer_frames(pair)

    def _prepare(self, size: tuple[int, int]) -> None:
        try:
            self._engine.warm_up(*size)
            self._ready_for = size
        except NitedrError as error:
            self._failures[size] = str(error)
        except Exception as error:  # noqa: BLE001 - runtimes raise what they like
            self._failures[size] = f'{type(error).__name__}: {error}'
