"""Image sets of the layout that training reads, small enough to train on in a test."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

NAMES = [f'{index:03d}' for index in range(12)]


@pytest.fixture(scope='session')
def image_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Image sets with all splits; each scene has a grey level of its own under a soft texture."""
    root = tmp_path_factory.mktemp('sets')
    rng = np.random.default_rng(4)

    def save(path: str, level: int, *, colour: bool, size: tuple[int, int] = (72, 100)) -> None:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        noise = cv2.GaussianBlur(rng.normal(0, 60, size), (0, 0), 2)
        image = np.clip(level + noise, 0, 255).astype(np.uint8)
        image = cv2.merge([image] * 3) if colour else image
        assert cv2.imwrite(str(file), image)

    for index, name in enumerate(NAMES):
        level = 9 * index + 30
        save(f'roadscene-rain/train/Vis/input/{name}.png', level + 30, colour=True)
        save(f'roadscene-rain/train/Vis/target/{name}.png', level, colour=True)
        save(f'roadscene-rain/train/Inf/input/{name}.png', 140, colour=False)
        save(f'roadscene-hr/visible/{name}.png', level, colour=True, size=(144, 200))
        save(f'roadscene-hr/thermal/{name}.png', 140, colour=False)
    for name in ('00012N', '00004N'):
        save(f'msrs/visible/{name}.png', 20, colour=True)
        save(f'msrs/thermal/{name}.png', 90, colour=False)
    for kind in ('thin_veil', 'near_streaks', 'lens_drops'):
        save(f'other-rain/visible/{kind}/msrs_00012N.png', 60, colour=True)
    save('other-rain/target/msrs_00012N.png', 20, colour=True)
    save('other-rain/thermal/msrs_00012N.png', 90, colour=False)
    return root
