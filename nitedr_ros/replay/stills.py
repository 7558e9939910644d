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
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.registration import Registration
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

    The pictures have the visible images' sizes unless `geometry.processing_size` says otherwise;
    the thermal images are aligned already, or a homography of the configuration aligns them. An
    image that can't be read or registered is left out and noted.
    """
    clock = StageClock()
    registration = Registration(config)
    _make_folders(out)
    skipped: list[str] = []
    for done, pair in enumerate(pairs, 1):
        try:
            pictures = _restore(pair, config, engine, registration, clock)
        except (InputError, FrameError) as error:
            skipped.append(str(error))
        else:
            for kind, picture in pictures.items():
                _write(out / kind / f'{pair.stem}.png', picture)
        on_progress(done, len(pairs))
    return StillsReport(len(pairs) - len(skipped), tuple(skipped), clock)


def _restore(
    pair: StillPair, config: Config, engine: Engine, registration: Registration, clock: StageClock
) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the fused and the de-rained picture of a pair; InputError, FrameError if it can't."""
    rgb = to_rgb8(_read(pair.visible, Sensor.VISIBLE))
    # A new intake for each: stills have no past that a range could follow.
    frame = ThermalIntake(config.thermal).take(_read(pair.thermal, Sensor.THERMAL))
    view = registration.view_visible(*rgb.shape[:2])
    thermal = registration.register(frame)
    if thermal is None:
        raise FrameError(f'{pair.stem}: {registration.problem}')
    inference = engine.infer(view.apply(rgb), thermal.levels)
    clock.add('infer', inference.seconds)
    pictures = {
        'fused': thermal.limit(inference.fused, inference.derained),
        'derained': inference.derained,
    }
    if config.geometry.full_size_output:
        return {kind: view.enlarge(picture) for kind, picture in pictures.items()}
    return pictures


def _make_folders(out: Path) -> None:
    for kind in ('fused', 'derained'):
        try:
            (out / kind).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f'expected a folder at {out / kind}: {error.strerror}') from None
