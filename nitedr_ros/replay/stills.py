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
from nitedr_ros.frames.image_folder import images_by_stem
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.replay.still_restorer import StillPair, StillRestorer

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class StillsReport:
    """How many pairs were written, why others were not, and how long inference took."""

    written: int
    skipped: tuple[str, ...]
    clock: StageClock


def find_pairs(visible: Path, thermal: Path) -> tuple[list[StillPair], list[str]]:
    """Return the pairs with a stem in both folders, and the stems that only one of them has."""
    seen, warm = images_by_stem(visible), images_by_stem(thermal)
    pairs = [StillPair(stem, seen[stem], warm[stem]) for stem in sorted(seen.keys() & warm.keys())]
    if not pairs:
        raise InputError(
            f'expected images of the same stem in {visible} ({len(seen)} images) '
            f'and {thermal} ({len(warm)} images), found none'
        )
    return pairs, sorted(seen.keys() ^ warm.keys())


def _write(path: Path, rgb: UInt8) -> None:
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
    restorer = StillRestorer(config, engine)
    _make_folders(out)
    skipped: list[str] = []
    for done, pair in enumerate(pairs, 1):
        try:
            restored = restorer.restore(pair)
        except (InputError, FrameError) as error:
            skipped.append(str(error))
        else:
            _write(out / 'fused' / f'{pair.stem}.png', restored.fused)
            _write(out / 'derained' / f'{pair.stem}.png', restored.derained)
        on_progress(done, len(pairs))
    return StillsReport(len(pairs) - len(skipped), tuple(skipped), restorer.clock)


def _make_folders(out: Path) -> None:
    for kind in ('fused', 'derained'):
        try:
            (out / kind).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f'expected a folder at {out / kind}: {error.strerror}') from None
