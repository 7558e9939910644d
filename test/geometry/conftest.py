"""Cameras for the tests of geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from nitedr_ros.geometry.camera_info import CameraInfo

MakeInfo = Callable[..., CameraInfo]


@pytest.fixture(scope='session')
def make_info() -> MakeInfo:
    def make(
        width: int = 640,
        height: int = 480,
        model: str = 'plumb_bob',
        d: Sequence[float] = (0.0,) * 5,
        focal: float = 500.0,
        zoom: float = 1.0,
        turn: Sequence[float] = (0.0, 0.0, 0.0),
        **other: object,
    ) -> CameraInfo:
        """Return a camera; zoom: of the rectified image. turn: rectification, rotation vector."""
        cx, cy = width / 2.0 + 3.3, height / 2.0 - 5.1
        k = (focal, 0.0, cx, 0.0, focal * 1.01, cy, 0.0, 0.0, 1.0)
        f = focal * zoom
        p = (f, 0.0, cx - 2.0, 0.0, 0.0, f, cy + 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
        rotation, _ = cv2.Rodrigues(np.array(turn, np.float64))
        r = tuple(rotation.ravel().tolist())
        return CameraInfo(
            **{
                'width': width,
                'height': height,
                'distortion_model': model,
                'd': tuple(float(value) for value in d),
                'k': k,
                'r': r,
                'p': p,
                **other,
            }
        )

    return make


@pytest.fixture(scope='session')
def project_by_opencv() -> Callable[..., np.ndarray]:
    def project(
        points: np.ndarray,
        info: CameraInfo,
        rotation: np.ndarray | None = None,
        translation: np.ndarray | None = None,
    ) -> np.ndarray:
        """Project points [N, 3] by OpenCV; the pose brings them into the camera's frame."""
        vector, _ = cv2.Rodrigues(np.eye(3) if rotation is None else rotation)
        shift = np.zeros(3) if translation is None else np.array(translation, np.float64)
        k, d = np.array(info.k).reshape(3, 3), np.array(info.d)
        if info.distortion_model == 'equidistant':
            pixels, _ = cv2.fisheye.projectPoints(points[None], vector, shift, k, d)
        else:
            pixels, _ = cv2.projectPoints(points[None], vector, shift, k, d)
        return pixels.reshape(-1, 2)

    return project
