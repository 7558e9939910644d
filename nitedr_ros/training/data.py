"""Training and validation frames from a folder of aligned sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from nitedr_ros.training import rain

VALIDATION_EVERY = 10
"""Every tenth name of the sorted RoadScene scenes is kept for validation."""
MSRS_VALIDATION = frozenset({'00012N', '00028N', '00047N', '00085D', '00103D'})

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Triplet:
    """One scene: rainy (or None) and clean visible uint8 [H, W, 3] RGB, thermal uint8 [H, W]."""

    name: str
    rainy: UInt8 | None
    clean: UInt8
    thermal: UInt8


def read_rgb(path: Path) -> UInt8:
    """Read an image as uint8 [H, W, 3], RGB; FileNotFoundError when it can't be read."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f'expected an image at {path}, found none that can be read')
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def read_grey(path: Path) -> UInt8:
    """Read an image as uint8 [H, W]; FileNotFoundError when it can't be read."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise FileNotFoundError(f'expected an image at {path}, found none that can be read')
    return np.asarray(image, np.uint8)


def roadscene_rain(root: Path, *, validation: bool) -> list[Triplet]:
    """Return the RoadScene-rain triplets of one split, in name order."""
    base = root / 'roadscene-rain' / 'train'
    names = sorted(path.name for path in (base / 'Vis' / 'input').iterdir())
    chosen = [n for i, n in enumerate(names) if (i % VALIDATION_EVERY == 0) == validation]
    return [
        Triplet(
            Path(name).stem,
            read_rgb(base / 'Vis' / 'input' / name),
            read_rgb(base / 'Vis' / 'target' / name),
            read_grey(base / 'Inf' / 'input' / name),
        )
        for name in chosen
    ]


def clean_frames(root: Path) -> list[Triplet]:
    """Return clean training frames without rain: RoadScene at 800 columns and msrs."""
    frames = []
    base = root / 'roadscene-hr'
    names = sorted(path.name for path in (base / 'visible').iterdir())
    for index, name in enumerate(names):
        if index % VALIDATION_EVERY == 0:
            continue
        visible = read_rgb(base / 'visible' / name)
        size = (800, round(visible.shape[0] * 800 / visible.shape[1]))
        clean = np.asarray(cv2.resize(visible, size, interpolation=cv2.INTER_AREA), np.uint8)
        thermal = np.asarray(cv2.resize(read_grey(base / 'thermal' / name), size), np.uint8)
        frames.append(Triplet(Path(name).stem, None, clean, thermal))
    for path in sorted((root / 'msrs' / 'visible').iterdir()):
        if path.stem not in MSRS_VALIDATION:
            thermal = read_grey(root / 'msrs' / 'thermal' / path.name)
            frames.append(Triplet(path.stem, None, read_rgb(path), thermal))
    return frames


class RainyPatches(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Endless random patches: (rainy [3, P, P], clean [3, P, P], thermal [1, P, P]) in [0, 1].

    rain_share, simulated_share: shares of RoadScene-rain pairs and of simulated rain; what is left
    are dry frames, whose rainy image is the clean one.
    """

    def __init__(
        self,
        root: Path,
        *,
        patch: int = 128,
        rain_share: float = 0.45,
        simulated_share: float = 0.4,
        seed: int = 0,
    ) -> None:
        self.triplets = roadscene_rain(root, validation=False)
        self.clean = clean_frames(root)
        self.patch = patch
        self.rain_share = rain_share
        self.simulated_share = simulated_share
        self.seed = seed
        self.bank = rain.RainBank.draw(300, 384, np.random.default_rng(seed))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, 0 if worker is None else worker.id])
        while True:
            yield self._draw(rng)

    def _draw(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        kind = rng.random()
        if kind < self.rain_share:
            triplet = self.triplets[int(rng.integers(len(self.triplets)))]
            assert triplet.rainy is not None
            rainy, clean, thermal = self._crop(
                [triplet.rainy, triplet.clean, triplet.thermal], rng
            )
        else:
            if kind > 0.94:
                source = self.triplets[int(rng.integers(len(self.triplets)))]
            else:
                source = self.clean[int(rng.integers(len(self.clean)))]
            clean, thermal = self._crop([source.clean, source.thermal], rng)
            if rng.random() < 0.5:
                clean = rain.darken(clean, rng)
            simulated = kind < self.rain_share + self.simulated_share
            rainy = rain.rain_over(clean, self.bank, rng) if simulated else clean
        if rng.random() < 0.5:
            # Cameras differ in gain: on a cold night some show people at a third of full range.
            thermal = np.asarray(thermal * rng.uniform(0.3, 1.0), np.float32)
        return _tensor(rainy), _tensor(clean), _tensor(thermal[..., None])

    def _crop(self, images: list[UInt8], rng: np.random.Generator) -> list[rain.Image]:
        height, width = images[0].shape[:2]
        top = int(rng.integers(height - self.patch + 1))
        left = int(rng.integers(width - self.patch + 1))
        mirror = rng.random() < 0.5
        patches = []
        for image in images:
            window = image[top : top + self.patch, left : left + self.patch]
            window = window[:, ::-1] if mirror else window
            patches.append(window.astype(np.float32) / 255.0)
        return patches


def _tensor(image: rain.Image) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), np.float32))
