"""What /diagnostics says of each part, and how serious it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nitedr_ros.engines.engine import EngineInfo
from nitedr_ros.node.health import (
    STUCK_S,
    CameraHealth,
    camera_status,
    engine_status,
    node_status,
)
from nitedr_ros.pipeline.status import ERROR, OK, WARN, Status

SOUND = CameraHealth(
    topic='/visible/image_raw',
    publishers=1,
    received=300,
    rate_hz=29.97,
    lost=0,
    late=0,
    calibration='3 on /visible/camera_info',
    rejection='',
    problem='',
)
INFO = EngineInfo('openvino', 'fp32', '2025.1', 'nitedr-s', '1.0.0', 'ab' * 32)


def test_a_camera_that_works_is_said_to() -> None:
    status = camera_status('visible', SOUND)
    assert (status.level, status.name, status.message) == (OK, 'visible camera', '30.0 images/s')
    assert status.values == {
        'topic': '/visible/image_raw',
        'publishers': '1',
        'rate_hz': '29.97',
        'received': '300',
        'lost_by_middleware': '0',
        'deadlines_missed': '0',
        'camera_info': '3 on /visible/camera_info',
    }


@pytest.mark.parametrize(
    ('changes', 'level', 'message'),
    [
        ({'lost': 7, 'late': 2}, WARN, '30.0 images/s, 7 lost by the middleware'),
        ({'rejection': '3 of 9 not understood'}, WARN, '3 of 9 not understood'),
        (
            {'rate_hz': 0.0},
            WARN,
            'no image on /visible/image_raw: check the camera and the topic',
        ),
        (
            {'rate_hz': 0.0, 'publishers': 0},
            WARN,
            'nobody publishes /visible/image_raw: start the camera or remap the topic',
        ),
        ({'problem': 'another reliability'}, WARN, 'another reliability'),
        # What keeps images away altogether comes before what is wrong with some of them.
        ({'rejection': 'bad', 'lost': 1, 'rate_hz': 0.0}, WARN, 'no image on'),
        ({'problem': 'qos', 'rate_hz': 0.0, 'publishers': 0}, ERROR, 'qos'),
        ({'rejection': 'bad', 'lost': 1}, WARN, 'bad'),
    ],
)
def test_what_is_wrong_with_a_camera_is_said(
    changes: dict[str, object], level: int, message: str
) -> None:
    status = camera_status('visible', replace(SOUND, **changes))
    assert status.level == level
    assert status.message.startswith(message)
    assert status.values['lost_by_middleware'] == str(changes.get('lost', 0))
    assert status.values['deadlines_missed'] == str(changes.get('late', 0))


@pytest.mark.parametrize(
    ('info', 'loading', 'failure', 'level', 'message'),
    [
        (None, '', '', OK, 'no engine: the node is not configured'),
        (None, 'loading nitedr-s for 3 s', '', OK, 'loading nitedr-s for 3 s'),
        (INFO, '', '', OK, 'openvino fp32 runs nitedr-s 1.0.0'),
        (INFO, 'loading other for 3 s', '', OK, 'loading other for 3 s'),
        (None, '', 'no such model', ERROR, 'no such model'),
        (INFO, '', 'no such model; nitedr-s goes on', WARN, 'no such model; nitedr-s'),
        (replace(INFO, model_version=''), '', '', OK, 'openvino fp32 runs nitedr-s'),
    ],
)
def test_the_engine_is_told_about(
    info: EngineInfo | None, loading: str, failure: str, level: int, message: str
) -> None:
    status = engine_status(info, loading, failure)
    assert (status.level, status.name) == (level, 'engine')
    assert status.message.startswith(message)
    assert status.message == status.message.strip()
    if info is None:
        assert status.values == {}
    else:
        assert status.values['model_sha256'] == info.model_sha256
        assert status.values['runtime'] == '2025.1'


def node(**changes: object) -> Status:
    sound = {'busy_s': 0.02, 'errors': 0, 'last_error': '', 'clock_waits': False}
    return node_status('active', 'SingleThreadedExecutor', **(sound | changes))


@pytest.mark.parametrize(
    ('changes', 'level', 'message'),
    [
        ({}, OK, 'active'),
        ({'clock_waits': True}, WARN, 'use_sim_time is set, but nothing comes on /clock'),
        (
            {'errors': 2, 'last_error': 'KeyError: 1', 'clock_waits': True},
            WARN,
            '2 internal errors, the last: KeyError: 1',
        ),
        ({'busy_s': STUCK_S}, OK, 'active'),
        ({'busy_s': 61.2, 'errors': 2}, ERROR, 'the worker has been at one step for 61 s'),
    ],
)
def test_the_node_is_told_about(changes: dict[str, object], level: int, message: str) -> None:
    status = node(**changes)
    assert (status.level, status.name, status.message) == (level, 'node', message)
    assert status.values == {
        'state': 'active',
        'executor': 'SingleThreadedExecutor',
        'worker_busy_s': f'{changes.get("busy_s", 0.02):.3f}',
        'internal_errors': str(changes.get('errors', 0)),
    }


def test_an_engine_that_stands_in_for_another_is_warned_of() -> None:
    status = engine_status(INFO, '', '', 'openvino runs in place of tensorrt: no GPU')
    assert (status.level, status.message) == (WARN, 'openvino runs in place of tensorrt: no GPU')
    assert status.values['engine'] == 'openvino'
    assert engine_status(INFO, '', 'no such model', 'another').message == 'no such model'
