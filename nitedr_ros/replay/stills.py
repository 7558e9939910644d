"""Aligned still pairs: two folders of images in, de-rained and fused images out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import FrameError, InputError, OutputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.frame import Frame
from nitedr_ros.geometry.aligned import register_aligned
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.thermal.intake import ThermalIntake

SUFFIXES = frozenset({'.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'})


@dataclass(frozen=True)
class StillsReport:
    """How many pairs were written, why others were not, and how long inference took."""

    written: int
    skipped: tuple[str, ...]
    clock: StageClock


@dataclass(frozen=True)
class StillPair:
    """A visible and a thermal image file with the same stem."""

    stem: str
    visible: Path
    thermal: Path


def _images(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f'expected a folder of images at {folder}, there is none')
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in found:
            raise InputError(
                f'expected one image named {path.stem} in {folder}, '
                f'found {found[path.stem].name} and {path.name}: move one away'
            )
        found[path.stem] = path
    return found


def find_pairs(visible: Path, thermal: Path) -> tuple[list[StillPair], list[str]]:
    """Return the pairs with a stem in both folders, and the stems that only one of them has."""
    seen, warm = _images(visible), _images(thermal)
    pairs = [StillPair(stem, seen[stem], warm[stem]) for stem in sorted(seen.keys() & warm.keys())]
    if not pairs:
        raise InputError(
            f'expected images of the same stem in {visible} ({len(seen)} images) '
            f'and {thermal} ({len(warm)} images), found none'
        )
    return pairs, sorted(seen.keys() ^ warm.keys())


def _read(path: Path, sensor: Sensor) -> Frame:
    """Read an image file; 16-bit thermal images keep their depth."""
    flags = cv2.IMREAD_COLOR if sensor is Sensor.VISIBLE else cv2.IMREAD_UNCHANGED
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f'expected an image in {path}: {error.strerror}') from None
    image = cv2.imdecode(content, flags) if content.size else None
    if image is None:
        raise InputError(f'expected an image in {path}, it can not be decoded')
    if image.ndim == 3:
        encoding = {3: 'bgr8', 4: 'bgra8'}.get(image.shape[2], '')
    else:
        encoding = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}.get(
            str(image.dtype), ''
        )
    if not encoding or (image.ndim == 3 and image.dtype != np.uint8):
        raise InputError(
            f'expected 8-bit colour or grey in {path}, got {image.dtype} {image.shape}'
        )
    return Frame(0, sensor.value, encoding, image, image.shape[0], image.shape[1])


def _write(path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    encoded = cv2.imencode('.png', cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1]
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutputError(f'expected to write {path}: {error.strerror}') from None


def process_stills(
    pairs: list[StillPair],
    out: Path,
    config: Config,
    engine: Engine,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> StillsReport:
    """De-rain and fuse each pair into OUT/fused/STEM.png and OUT/derained/STEM.png.

    The pictures have the visible images' sizes; the thermal images are aligned already and are
    resampled to them. An image that can't be read is left out and noted.
    """
    clock = StageClock()
    _make_folders(out)
    skipped: list[str] = []
    for done, pair in enumerate(pairs, 1):
        try:
            visible = to_rgb8(_read(pair.visible, Sensor.VISIBLE))
            # A new intake for each: stills have no past that a range could follow.
            thermal = ThermalIntake(config.thermal).to_mono8(_read(pair.thermal, Sensor.THERMAL))
        except (InputError, FrameError) as error:
            skipped.append(str(error))
        else:
            inference = engine.infer(visible, register_aligned(thermal, *visible.shape[:2]))
            clock.add('infer', inference.seconds)
            _write(out / 'fused' / f'{pair.stem}.png', inference.fused)
            _write(out / 'derained' / f'{pair.stem}.png', inference.derained)
        on_progress(done, len(pairs))
    return StillsReport(len(pairs) - len(skipped), tuple(skipped), clock)


def _make_folders(out: Path) -> None:
    for kind in ('fused', 'derained'):
        try:
            (out / kind).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f'expected a folder at {out / kind}: {error.strerror}') from None
