"""The managed ROS 2 node: ROS outside, the pipeline that replay runs inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.registry import check_engine_config, open_engine
from nitedr_ros.errors import NitedrError
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_info_file import read_camera_info
from nitedr_ros.node.diagnostics import Diagnostics
from nitedr_ros.node.engine_loader import Loading, OpenEngine
from nitedr_ros.node.health import engine_status, node_status
from nitedr_ros.node.parameters import Parameters
from nitedr_ros.node.session import Session
from nitedr_ros.node.transitions import Transitions
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.status import Status

_SUCCESS = TransitionCallbackReturn.SUCCESS
_FAILURE = TransitionCallbackReturn.FAILURE

_ENGINE_SECTIONS = ('model', 'models_folder', 'engine')
_WAIT_S = 0.05
_STOP_S = 0.5


class NitedrNode(LifecycleNodeMixin, Node):
    """Pairs, de-rains and fuses the images of two live cameras.

    Callbacks only hand over to the worker of a `Session`, and transitions run in a thread of their
    own: an engine that takes long to load stops neither diagnostics nor parameters.
    """

    def __init__(self, open_engine: OpenEngine = open_engine, name: str = 'nitedr') -> None:
        """open_engine: how engines are made. Raises ConfigError for parameters out of range."""
        Node.__init__(self, name)
        LifecycleNodeMixin.__init__(self, callback_group=ReentrantCallbackGroup())
        self._transitions = Transitions(self)
        self.parameters = Parameters(self)
        self.parameters.on_change = self._check_change
        self.parameters.on_applied = self._apply_change
        self._open_engine = open_engine
        self._session: Session | None = None
        self._loading: Loading | None = None
        self._running: Config | None = None
        self._progress = Progress()
        self._failure = self._warning = self._verdict = ''
        self._errors = 0
        self._last_error = ''
        self._stopping = False
        period_ms = self.parameters.config.node.diagnostics_period_ms
        self._diagnostics = Diagnostics(self, period_ms, self._statuses)

    def begin(self) -> None:
        """Configure and activate, beside the executor, where `node.autostart` says so."""
        if self.parameters.config.node.autostart:
            self._transitions.run(self.trigger_configure, self.trigger_activate)

    def stop(self) -> bool:
        """End all threads, whatever the state; False where one is still at something."""
        self._stopping = True
        ended = True
        self._progress.cancelled = True
        if self._loading is not None:
            self._loading.abandon()
            ended = not self._loading.alive
        if self._session is not None:
            session, self._session = self._session, None
            ended &= session.close(_STOP_S)
        return ended

    def destroy_node(self) -> None:
        """Leave the network."""
        self._transitions.close(_STOP_S)
        super().destroy_node()

    def report_error(self, error: Exception) -> None:
        """Count a fault of the program that was survived, for the log and for diagnostics."""
        line = f'{type(error).__name__}: {error}'
        if line != self._last_error:
            self.get_logger().error(f'internal error, going on: {line}')
        self._errors += 1
        self._last_error = line

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read calibrations, load the engine and announce all topics."""
        self.parameters.locked = True
        result = self._configure(state)
        self.parameters.locked = result == _SUCCESS
        return result

    def _configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        config = self.parameters.config
        try:
            calibrations = _calibrations(config)
            check_engine_config(config)
        except NitedrError as error:
            return self._refuse(str(error))
        loading = self._load(config, _warm_up_size(config, calibrations), lambda loading: None)
        while not loading.wait(_WAIT_S):
            if self._stopping or not self.context.ok():
                loading.abandon()
                return _FAILURE
        self._loading = None
        if self._stopping:
            return _FAILURE
        if loading.selection is None:
            return self._refuse(loading.failure)
        self._tell(loading)
        self._failure, self._running = '', config
        engine = loading.selection.engine
        self._session = Session(self, config, engine, calibrations, self.report_error)
        # What was set while the engine was loading.
        self._apply_change(config, self.parameters.config)
        result: TransitionCallbackReturn = super().on_configure(state)
        return result

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take images and publish."""
        result: TransitionCallbackReturn = super().on_activate(state)
        if self._session is not None:
            self._session.activate()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take no more images."""
        if self._session is not None:
            self._session.deactivate()
        result: TransitionCallbackReturn = super().on_deactivate(state)
        return result

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of the engine and all topics."""
        result: TransitionCallbackReturn = super().on_cleanup(state)
        self._clean_up()
        return result

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Do the same from any state."""
        self._clean_up()
        return _SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Do the same after a transition that went wrong: the node is unconfigured then."""
        self.get_logger().error(f'the transition from {state.label} went wrong; cleaned up')
        self._clean_up()
        return _SUCCESS

    def _refuse(self, reason: str) -> TransitionCallbackReturn:
        self._failure = reason
        self.get_logger().error(f'not configured: {reason}')
        return _FAILURE

    def _clean_up(self) -> None:
        session, self._session = self._session, None
        self._progress.cancelled = True
        if self._loading is not None:
            self._loading.abandon()
            self._loading = None
        self._running = None
        self.parameters.locked = False
        if session is not None and not session.close(_STOP_S):
            self.get_logger().warning('the worker is still at a frame; it ends after it')

    def _load(
        self, config: Config, size: tuple[int, int] | None, on_done: Callable[[Loading], None]
    ) -> Loading:
        if self._loading is not None:
            self._loading.abandon()
        # Known before it begins: it may be done, and say so, before `start` returns.
        loading = self._loading = Loading(self._open_engine, config, size, on_done)
        loading.start()
        return loading

    def _tell(self, loading: Loading) -> None:
        """Log which engine runs, and why not another; watch what it does."""
        if loading.selection is None:
            return
        self._progress.cancelled = True
        self._progress = loading.progress
        info = loading.selection.engine.info
        for line in loading.selection.passed_over:
            self.get_logger().warning(line)
        self.get_logger().info(
            f'{info.engine} {info.precision} runs {info.model} {info.model_version}'.rstrip()
            + f', loaded in {loading.seconds:.1f} s'
        )

    def _check_change(self, old: Config, new: Config) -> str:
        """Return why a change of parameters can't be made; '' where it can."""
        if _engine_asked(old) != _engine_asked(new):
            check_engine_config(new)
        return ''

    def _apply_change(self, old: Config, new: Config) -> None:
        """Make a change of parameters; a new engine is loaded beside the one that runs."""
        session = self._session
        if session is None:
            return
        session.reconfigure(new)
        if _engine_asked(old) != _engine_asked(new):
            self._load(new, session.size, self._engine_loaded)

    def _engine_loaded(self, loading: Loading) -> None:
        """Go on with the engine that was loaded; where it could not be, with the one there is."""
        session, running = self._session, self._running
        if session is None or running is None or loading is not self._loading:
            return
        self._loading = None
        if loading.selection is not None:
            self._tell(loading)
            self._failure, self._running = '', loading.config
            session.use_engine(loading.selection.engine)
            return
        asked = {name: getattr(running, name) for name in _ENGINE_SECTIONS}
        self._failure = f'{loading.failure}; {running.model} goes on'
        self.get_logger().error(self._failure)
        self.parameters.set_back(self.parameters.config.model_copy(update=asked))

    def _statuses(self) -> list[Status]:
        session, state = self._session, self._transitions.state
        statuses = [
            node_status(
                state,
                type(self.executor).__name__,
                busy_s=0.0 if session is None else session.busy_s,
                errors=self._errors,
                last_error=self._last_error,
                clock_waits=self._diagnostics.clock_waits,
            ),
            self._engine_status(),
        ]
        return statuses if session is None else statuses + session.statuses(state == 'active')

    def _engine_status(self) -> Status:
        session, loading = self._session, self._loading
        engine = None if session is None else session.engine
        warning, verdict = ('', '') if engine is None else (engine.warning, engine.verdict)
        if warning and warning != self._warning:
            self.get_logger().warning(warning)
        if verdict and verdict != self._verdict:
            self.get_logger().info(f'the plan {verdict}')
        self._warning, self._verdict = warning, verdict
        doing = ''
        if loading is not None:
            doing = f'loading {loading.config.model} for {loading.seconds:.0f} s'
        # An engine that is in use builds on when it meets another size.
        progress = self._progress if loading is None else loading.progress
        if progress.text:
            doing = f'{doing}: {progress.text}' if doing else progress.text
        info = None if engine is None else engine.info
        return engine_status(info, doing, self._failure, warning)


def _engine_asked(config: Config) -> tuple[object, ...]:
    return tuple(getattr(config, name) for name in _ENGINE_SECTIONS)


def _calibrations(config: Config) -> dict[Sensor, CameraInfo]:
    """Return the calibrations that are read from files; CalibrationError where one can't be."""
    files = {
        Sensor.VISIBLE: config.node.visible_calibration,
        Sensor.THERMAL: config.node.thermal_calibration,
    }
    return {
        sensor: read_camera_info(Path(file).expanduser()) for sensor, file in files.items() if file
    }


def _warm_up_size(
    config: Config, calibrations: dict[Sensor, CameraInfo]
) -> tuple[int, int] | None:
    """Return the height and width that images will have, as far as that is known before one."""
    width, height = config.geometry.processing_size
    if width:
        return height, width
    info = calibrations.get(Sensor.VISIBLE)
    return None if info is None else (info.height, info.width)
