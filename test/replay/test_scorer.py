"""The scorer: outputs and truths that come in any order, go missing or make no sense."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from nitedr_ros.bags.messages import image_message, pinhole_camera_info, time_reference_message
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pipeline.deferred import Deferred
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.replay.scorer import Scorer
from nitedr_ros.replay.truth import TruthTopics
from nitedr_ros.replay.truth_frames import MOST_OUTPUTS, MOST_TRUTHS

START_NS, FRAME_NS, MS = 1_700_000_000_000_000_000, 33_000_000, 1_000_000
HEIGHT, WIDTH = 120, 160
K = np.array([[150.0, 0, 79.5], [0, 150.0, 59.5], [0, 0, 1]])
TOPICS = TruthTopics(
    '/truth/visible/image',
    '/truth/visible/camera_info',
    '/truth/thermal/image',
    '/truth/thermal/camera_info',
    None,
    '/truth/visible/time_reference',
    '/truth/thermal/time_reference',
)


def scene(number: int, dtype: type, low: float, high: float) -> np.ndarray:
    """Boxes that move a little from frame to frame."""
    rng = np.random.default_rng(12)
    image = np.full((HEIGHT, WIDTH), low, np.float64)
    for _ in range(30):
        x, y = rng.integers(0, (WIDTH, HEIGHT)).tolist()
        w, h = rng.integers(12, 50, 2).tolist()
        value = float(rng.uniform(low, high))
        cv2.rectangle(image, (x + number, y), (x + w + number, y + h), value, -1)
    return image.astype(dtype)


def true_visible(number: int) -> np.ndarray:
    return np.repeat(scene(number, np.uint8, 30, 180)[..., None], 3, axis=2)


def true_thermal(number: int) -> np.ndarray:
    return scene(number, np.uint16, 28_500, 30_000)


def stamp(number: int) -> int:
    return START_NS + number * FRAME_NS


def truths(number: int) -> list[tuple[str, Any]]:
    """All truth messages of one visible frame, whose thermal frame is 2 ms after it."""
    ns = stamp(number)
    info = pinhole_camera_info(ns, 'visible', HEIGHT, WIDTH, K)
    return [
        (TOPICS.visible_time, time_reference_message(ns, 'visible', ns, 'truth')),
        (
            TOPICS.thermal_time,
            time_reference_message(ns + 7 * MS, 'thermal', ns + 2 * MS, 'truth'),
        ),
        (TOPICS.visible_info, info),
        (TOPICS.visible, image_message(ns, 'visible', 'bgr8', true_visible(number))),
        (TOPICS.thermal_info, info),
        (TOPICS.thermal, image_message(ns, 'visible', 'mono16', true_thermal(number))),
    ]


def output(number: int, **changes: Any) -> Output:
    """An output 10 grey levels too bright; its thermal image lies 1.5 pixels too far right."""
    image = true_visible(number)
    matrix = np.array([[1.0, 0, 1.5], [0, 1, 0]])
    thermal = cv2.warpAffine(
        true_thermal(number), matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE
    )
    k = tuple(K.ravel().tolist())
    info = CameraInfo(WIDTH, HEIGHT, 'plumb_bob', (0.0,) * 5, k=k)
    fields = {
        'stamp_ns': stamp(number),
        'frame_id': 'visible',
        'mode': Mode.FULL,
        'reason': '',
        'stages': ('clean', 'fuse'),
        'inference_ns': None,
        'fused': image + 20,
        'derained': image + 10,
        'visible_made': Deferred.ready(image + 40),
        'thermal_made': Deferred.ready(((thermal - 28_000) / 9).astype(np.uint8)),
        'radiometric_made': Deferred.ready(thermal),
        'mask': np.full((HEIGHT, WIDTH), 255, np.uint8),
        'image_info': info,
        'camera_info': info,
        'skew_ns': 7 * MS,
        'thermal_age_ns': 0,
        'thermal_frozen': False,
        'waited_ns': 0,
        'reused': False,
        'visible_stamp_ns': stamp(number),
        'thermal_stamp_ns': stamp(number) + 7 * MS,
    }
    return Output(**{**fields, **changes})


def run(events: list[tuple[str, Any]]) -> dict[str, Any]:
    """Take truth messages and, where the topic is '', outputs."""
    scorer = Scorer(TOPICS)
    for topic, item in events:
        if topic:
            scorer.take_message(topic, item)
        else:
            scorer.take_output(item)
    return {**scorer.scores(), 'seconds': None}


def in_order(count: int, delay: int) -> list[tuple[str, Any]]:
    """Each output comes `delay` frames after its truth, or before it."""
    events: list[tuple[float, str, Any]] = []
    for number in range(count):
        events += [(number, topic, message) for topic, message in truths(number)]
        events.append((number + delay + 0.5, '', output(number)))
    events.sort(key=lambda event: event[0])
    return [event[1:] for event in events]


def test_all_figures_are_there_and_right() -> None:
    scores = run(in_order(8, 0))
    assert scores['outputs'] == scores['outputs_with_truth'] == 8
    assert scores['problem'] is None
    pairing = scores['pairing']
    assert pairing['pairs'] == 8
    assert pairing['true_skew_ms'] == pairing['best_possible_ms'] == {'mean': 2.0, 'max': 2.0}
    assert (pairing['clock_offset_ms'], pairing['corrected_clock_offset_ms']) == (5.0, 5.0)
    for part in ('all', 'in_step'):
        assert scores['registration'][part]['frames'] == 8
        assert scores['registration'][part]['median_px'] == pytest.approx(1.5, abs=0.1)
    errors = {'visible': 40, 'derained': 10}
    for name, levels in errors.items():
        expected = 20 * np.log10(255 / (levels * 219 / 255))
        assert scores['deraining'][name]['psnr_db'] == pytest.approx(expected, abs=2e-3)
    assert scores['flicker']['fused']['steps'] == 7
    assert scores['flicker']['fused']['grey_levels'] == pytest.approx(0.0, abs=1e-6)
    assert scores['thermal_flicker']['grey_levels'] < 1.0


@pytest.mark.parametrize('delay', [-5, -1, 2, 20])
def test_outputs_may_come_before_or_after_their_truth(delay: int) -> None:
    assert run(in_order(12, delay)) == run(in_order(12, 0))


def test_a_lost_truth_costs_its_own_output_only() -> None:
    events = in_order(30, 1)
    lost = {stamp(4), stamp(11)}
    images = {TOPICS.visible, TOPICS.thermal}

    def is_lost(topic: str, item: Any) -> bool:
        return topic in images and START_NS // 10**9 * 10**9 + item.header.stamp.nanosec in lost

    kept = [event for event in events if not is_lost(*event)]
    assert len(kept) == len(events) - 4
    scores = run(kept)
    assert scores['outputs_with_truth'] == 28
    # Steps into and out of the lost ones.
    assert scores['flicker']['fused']['steps'] == 25
    assert scores['pairing']['pairs'] == 30


def test_waiting_is_bounded_on_both_sides() -> None:
    scorer = Scorer(TOPICS)
    for number in range(MOST_TRUTHS + 6):
        for topic, message in truths(number):
            scorer.take_message(topic, message)
    scorer.take_output(output(0))
    scorer.take_output(output(6))
    assert scorer.scores()['outputs_with_truth'] == 1
    late = Scorer(TOPICS)
    for number in range(MOST_OUTPUTS + 3):
        late.take_output(output(number))
    for number in range(MOST_OUTPUTS + 3):
        for topic, message in truths(number):
            late.take_message(topic, message)
    assert late.scores()['outputs_with_truth'] == MOST_OUTPUTS


def test_degraded_outputs_are_scored_as_far_as_they_go() -> None:
    no_thermal = {
        'thermal_made': None,
        'radiometric_made': None,
        'mask': None,
        'thermal_stamp_ns': None,
        'skew_ns': None,
    }
    no_visible = {
        'visible_made': None,
        'derained': None,
        'visible_stamp_ns': None,
        'skew_ns': None,
    }
    changes: list[dict[str, Any]] = [{}, no_thermal, no_visible, {'camera_info': None}]
    events: list[tuple[str, Any]] = []
    for number, change in enumerate(changes):
        events += [*truths(number), ('', output(number, **change))]
    scores = run(events)
    assert (scores['outputs'], scores['outputs_with_truth']) == (4, 3)
    assert scores['registration']['all']['frames'] == 2
    assert scores['deraining']['derained']['frames'] == 3
    assert scores['flicker']['fused']['steps'] == 1
    assert scores['thermal_flicker'] is None


def test_eight_bit_and_full_size_outputs_are_compared_too() -> None:
    k = (300.0, 0.0, 159.5, 0.0, 300.0, 119.5, 0.0, 0.0, 1.0)
    info = CameraInfo(2 * WIDTH, 2 * HEIGHT, 'plumb_bob', (0.0,) * 5, k=k)
    events: list[tuple[str, Any]] = []
    for number in range(3):
        large = cv2.resize(true_visible(number), (2 * WIDTH, 2 * HEIGHT)) + 10
        change = {'derained': large, 'fused': large, 'image_info': info, 'radiometric_made': None}
        events += [*truths(number), ('', output(number, **change))]
    scores = run(events)
    derained, visible = (scores['deraining'][name] for name in ('derained', 'visible'))
    assert visible['psnr_db'] == pytest.approx(20 * np.log10(255 / (40 * 219 / 255)), abs=2e-3)
    assert derained['psnr_db'] == pytest.approx(20 * np.log10(255 / (10 * 219 / 255)), abs=0.1)
    assert scores['registration']['all']['median_px'] == pytest.approx(1.5, abs=0.15)


def test_truth_that_makes_no_sense_is_said_and_costs_nothing_else() -> None:
    events = in_order(3, 0)
    for topic, item in events:
        if topic == TOPICS.visible_info:
            item.k[0] = -5.0
        elif topic == TOPICS.thermal:
            item.encoding = 'nonsense'
    scores = run(events)
    assert 'focal lengths' in scores['problem']
    assert scores['deraining'] is None
    assert scores['registration'] is None
    assert scores['pairing']['pairs'] == 3


def test_a_thermal_truth_with_holes_is_not_compared() -> None:
    events = in_order(3, 0)
    for topic, item in events:
        if topic == TOPICS.thermal:
            holes = np.full((HEIGHT, WIDTH), 290.0, np.float32)
            holes[::9] = np.nan
            item.encoding, item.step, item.data = '32FC1', 4 * WIDTH, holes.reshape(-1).view('u1')
    scores = run(events)
    assert 'finite values' in scores['problem']
    assert scores['registration'] is scores['thermal_flicker'] is None
    assert scores['deraining']['derained']['frames'] == 3


@pytest.mark.parametrize(
    ('encoding', 'image'),
    [
        ('32FC1', np.ones((HEIGHT // 2, WIDTH // 2), np.float32)),
        ('16UC1', np.full((HEIGHT, WIDTH), 20_000, np.uint16)),
        ('bgr8', np.ones((HEIGHT, WIDTH, 3), np.uint8)),
        ('64FC1', np.ones((HEIGHT, WIDTH), np.float64)),
    ],
)
def test_a_depth_of_another_kind_is_said_and_left_aside(encoding: str, image: np.ndarray) -> None:
    topics = replace(TOPICS, depth='/truth/depth/image')
    scorer = Scorer(topics, lambda pixels, depth_m: pixels * depth_m[:, None] * 0.0)
    for number in range(3):
        for topic, message in truths(number):
            scorer.take_message(topic, message)
        depth = image_message(stamp(number), 'visible', encoding, image)
        scorer.take_message('/truth/depth/image', depth)
        scorer.take_output(output(number))
    scores = scorer.scores()
    assert encoding in scores['problem']
    assert scores['registration']['all']['frames'] == 3
    assert scores['registration']['without_parallax'] is None


def test_a_message_that_is_no_camera_info_counts_as_none() -> None:
    events: list[tuple[str, Any]] = []
    for topic, item in in_order(3, 0):
        events.append((topic, SimpleNamespace() if topic == TOPICS.visible_info else item))
    assert run(events)['deraining']['derained']['frames'] == 3


def test_only_what_the_bag_has_is_scored() -> None:
    scorer = Scorer(TruthTopics(TOPICS.visible, *[None] * 6))
    assert scorer.topics == {TOPICS.visible}
    for number in range(2):
        for topic, message in truths(number):
            if topic in scorer.topics:
                scorer.take_message(topic, message)
        scorer.take_output(output(number))
    scores = scorer.scores()
    assert scores['deraining']['derained']['frames'] == 2
    assert scores['pairing'] is None
    assert scores['registration'] is None
    assert scorer.seconds > 0.0
