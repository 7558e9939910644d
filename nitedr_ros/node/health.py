"""What /diagnostics says of the parts of a live node, in words that tell what to do."""

from __future__ import annotations

from dataclasses import dataclass

from nitedr_ros.engines.engine import EngineInfo
from nitedr_ros.pipeline.frame_status import HARDWARE_ID
from nitedr_ros.pipeline.status import ERROR, OK, WARN, Status

STUCK_S = 5.0
"""The worker is said to be stuck when one step takes longer than this."""


@dataclass(frozen=True)
class CameraHealth:
    """What is known of one camera's topics.

    rate_hz: of images, lately. silent: none came since the last look. lost, late: by the
    middleware's word. calibration: where camera_info comes from. rejection: of images that could
    not be understood, '' for none. problem: of the middleware, '' for none.
    """

    topic: str
    publishers: int
    received: int
    rate_hz: float
    lost: int
    late: int
    calibration: str
    rejection: str
    problem: str


def camera_status(camera: str, health: CameraHealth) -> Status:
    """Return the status of one camera of an active node."""
    level, message = OK, f'{health.rate_hz:.1f} images/s'
    if health.lost:
        level, message = WARN, f'{message}, {health.lost} lost by the middleware'
    if health.rejection:
        level, message = WARN, health.rejection
    if health.rate_hz == 0.0:
        level = WARN
        message = f'no image on {health.topic}: check the camera and the topic'
        if not health.publishers:
            message = f'nobody publishes {health.topic}: start the camera or remap the topic'
        if health.rejection:
            message = f'{message}; {health.rejection}'
    if health.problem:
        # Of a publisher that may be gone by now: others may be heard.
        level, message = (WARN if health.rate_hz else ERROR), health.problem
    values = {
        'topic': health.topic,
        'publishers': str(health.publishers),
        'rate_hz': f'{health.rate_hz:.2f}',
        'received': str(health.received),
        'lost_by_middleware': str(health.lost),
        'deadlines_missed': str(health.late),
        'camera_info': health.calibration,
    }
    return Status(level, f'{camera} camera', message, HARDWARE_ID, values)


def engine_status(
    info: EngineInfo | None, loading: str, failure: str, warning: str = ''
) -> Status:
    """Return the status of the engine.

    info: of the one that runs, None for none. loading: which is being loaded and for how long,
    '' for none. failure: why the last one asked for could not be loaded, '' where it could.
    warning: of the one that runs, '' for none.
    """
    values = {}
    level, message = OK, 'no engine: the node is not configured'
    if info is not None:
        message = f'{info.engine} {info.precision} runs {info.model} {info.model_version}'.rstrip()
        values = {
            'engine': info.engine,
            'precision': info.precision,
            'runtime': info.runtime,
            'model': info.model,
            'model_version': info.model_version,
            'model_sha256': info.model_sha256,
        }
    if warning:
        level, message = WARN, warning
    if loading:
        message = loading
    if failure:
        level, message = (ERROR if info is None else WARN), failure
    return Status(level, 'engine', message, HARDWARE_ID, values)


def node_status(
    state: str, executor: str, *, busy_s: float, errors: int, last_error: str, clock_waits: bool
) -> Status:
    """Return the status of the node itself.

    state: of its life cycle. busy_s: how long the worker has been at its present step. errors:
    faults of the program that were survived. clock_waits: use_sim_time is set and no /clock came.
    """
    level, message = OK, state
    if clock_waits:
        level, message = WARN, 'use_sim_time is set, but nothing comes on /clock'
    if errors:
        level, message = WARN, f'{errors} internal errors, the last: {last_error}'
    if busy_s > STUCK_S:
        level, message = ERROR, f'the worker has been at one step for {busy_s:.0f} s'
    values = {
        'state': state,
        'executor': executor,
        'worker_busy_s': f'{busy_s:.3f}',
        'internal_errors': str(errors),
    }
    return Status(level, 'node', message, HARDWARE_ID, values)
