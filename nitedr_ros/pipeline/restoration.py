"""De-raining and fusion of one frame by the engine, or what goes out in its place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.engine import FramesInference
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineBusyError, EngineError
from nitedr_ros.pipeline.camera_pairs import CameraPairs
from nitedr_ros.pipeline.modes import Mode, ModeRules

if TYPE_CHECKING:
    from nitedr_ros.config.schema import ModesConfig
    from nitedr_ros.engines.engine import Engine, Inference
    from nitedr_ros.geometry.visible_view import VisibleView
    from nitedr_ros.pipeline.latency import StageClock
    from nitedr_ros.pipeline.registration import RegisteredThermal
    from nitedr_ros.pipeline.visible_image import VisibleImage

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Restored:
    """What became of one frame.

    fused, derained: uint8 [h, w, 3] RGB, [H, W, 3] at full size; derained is None without a
    visible image. mode, reason, stages, inference_ns: as in `Output`. thermal_registered: uint8
    [h, w], where the engine made it too.
    """

    mode: Mode
    reason: str
    stages: tuple[str, ...]
    fused: UInt8
    derained: UInt8 | None
    inference_ns: int | None = None
    full_size: bool = False
    thermal_registered: UInt8 | None = None

    def enlarged(self, view: VisibleView) -> Restored:
        """Return the same at the visible image's full size."""
        derained = None if self.derained is None else view.enlarge(self.derained)
        return replace(self, fused=view.enlarge(self.fused), derained=derained, full_size=True)


class Restoration:
    """Runs the engine as the degrade modes say; an engine that fails lets the frame through."""

    def __init__(self, config: ModesConfig, engine: Engine, clock: StageClock) -> None:
        self.rules = ModeRules(config)
        self._clock = clock
        self.use_engine(engine)
        self.failures = 0
        self.last_failure = ''

    def use_engine(self, engine: Engine) -> None:
        """Run this engine from the next frame on; failures so far stay counted."""
        self._engine = _EngineInUse(engine)
        self.rules.engine_changed()

    def warm_up(self, height: int, width: int) -> None:
        """Prepare the engine for images of this size, pixels; one that can't says so later."""
        with suppress(EngineError):
            self._engine.warm_up(height, width, self._clock)

    def run(
        self,
        visible: VisibleImage | None,
        thermal: RegisteredThermal | None,
        *,
        frozen: bool,
        restore: bool = True,
    ) -> Restored:
        """Restore a frame; thermal: in the view of the visible image.

        frozen: the thermal picture is too old to be fused. restore: False leaves the engine
        alone, as nobody wants its images; the visible one stays as it is, whatever the mode.
        Without a visible image the thermal one goes out; ValueError where there is neither.
        """
        mode, reason = self.rules.next_mode(
            visible=visible is not None, thermal=thermal is not None, frozen=frozen
        )
        if visible is not None:
            # Another may be put in its place meanwhile.
            engine = self._engine
            if isinstance(engine.engine, PassthroughEngine):
                mode, reason = Mode.PASS_THROUGH, 'pass-through engine'
            if mode is Mode.PASS_THROUGH or not restore:
                return Restored(mode, reason, (), visible.image, visible.image)
            return self._with_engine(engine, visible, thermal, mode, reason)
        if thermal is None:
            raise ValueError('expected at least one image')
        return Restored(mode, reason, (), np.repeat(thermal.levels[..., None], 3, axis=2), None)

    def _with_engine(
        self,
        engine: _EngineInUse,
        visible: VisibleImage,
        thermal: RegisteredThermal | None,
        mode: Mode,
        reason: str,
    ) -> Restored:
        try:
            engine.warm_up(visible.view.height, visible.view.width, self._clock)
            made = engine.run(visible, thermal)
        except EngineBusyError as error:
            image = visible.image
            return Restored(Mode.PASS_THROUGH, str(error), (), image, image)
        except EngineError as error:
            self.rules.engine_failed()
            self.failures += 1
            self.last_failure = str(error)
            image = visible.image
            return Restored(Mode.PASS_THROUGH, f'engine failed: {error}', (), image, image)
        self.rules.engine_succeeded()
        self._clock.add('infer', made.seconds)
        derained = fused = made.derained
        stages: tuple[str, ...] = ('clean',)
        registered = made.thermal_registered if isinstance(made, FramesInference) else None
        if mode is Mode.FULL and thermal is not None:
            stages, fused = ('clean', 'fuse'), made.fused
            # Where the engine registers, it limits too.
            if registered is None:
                fused = thermal.limit(fused, derained)
        return Restored(
            mode,
            reason,
            stages,
            fused,
            derained,
            round(made.seconds * 1e9),
            thermal_registered=registered,
        )


class _EngineInUse:
    """An engine, and for which size it is warm."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._pairs: CameraPairs | None = None
        self._warm: tuple[int, int] | None = None

    def run(self, visible: VisibleImage, thermal: RegisteredThermal | None) -> Inference:
        """Run it on both images in one view, or on both as they came where that is its way."""
        frames = self.engine.camera_frames
        if frames is None:
            image = visible.image
            guide = np.zeros(image.shape[:2], np.uint8) if thermal is None else thermal.levels
            return self.engine.infer(image, guide)
        if self._pairs is None or self._pairs.frames != frames:
            self._pairs = CameraPairs(frames)
        return self.engine.infer_frames(self._pairs.pair(visible, thermal))

    def warm_up(self, height: int, width: int, clock: StageClock) -> None:
        """Prepare for a size not met before, outside the time counted as inference."""
        if self._warm != (height, width):
            with clock.measure('warm_up'):
                self.engine.warm_up(height, width)
            self._warm = (height, width)
