"""The pictures of one image."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from nitedr_ros.evaluate.panels import Panel, panel_rows
from nitedr_ros.replay.still_restorer import RestoredStill

SHAPE = (48, 64)


def picture(panel: Panel) -> np.ndarray:
    content = np.frombuffer(base64.b64decode(panel.jpeg), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]


def still(*, with_target: bool = True) -> RestoredStill:
    rainy, derained, fused, clean = (
        np.full((*SHAPE, 3), colour, np.uint8)
        for colour in ((90, 60, 60), (52, 50, 50), (200, 10, 10), (50, 50, 50))
    )
    thermal = np.full(SHAPE, 150, np.uint8)
    return RestoredStill(rainy, thermal, derained, fused, clean if with_target else None, 0.0)


def test_pictures_are_of_full_size_and_errors_are_enlarged() -> None:
    restoring, fusing = panel_rows(still(), dry=False)
    shown = {panel.title: picture(panel) for panel in (*restoring.panels, *fusing.panels)}
    assert {image.shape for image in shown.values()} == {(*SHAPE, 3)}
    for title, colour in {
        'rainy input': (90, 60, 60),
        'error of the rainy input, 4 times': (160, 40, 40),
        'error of the de-rained image, 4 times': (8, 0, 0),
        'fused': (200, 10, 10),
        'average': (100, 100, 100),
        'maximum': (150, 150, 150),
    }.items():
        np.testing.assert_allclose(shown[title][20, 20], colour, atol=3, err_msg=title)
    assert (picture(Panel('', restoring.reference)) == 50).all()


def test_only_what_there_is_is_shown() -> None:
    titles = [panel.title for panel in panel_rows(still(with_target=False), dry=False)[0].panels]
    assert titles == ['visible input', 'de-rained']
    titles = [panel.title for panel in panel_rows(still(), dry=True)[0].panels]
    assert titles == ['dry input', 'de-rained', 'what changed, 4 times']
