"""What the page can ask for: a fit of the pairs it shows, and saving them."""

from __future__ import annotations

import threading
from typing import Any

from nitedr_ros.align.alignment import Alignment, align
from nitedr_ros.align.calibration_file import CalibrationFile
from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.align.point_pairs import PairBuilder, PointPairs
from nitedr_ros.errors import InputError


class Session:
    """Two images, the pairs set in them so far, and the file they are saved to.

    start: pairs that the page shows at first; None is none. saved: what was written last; None
    until something was. done: set when the page has no more to ask.
    """

    def __init__(
        self, images: ImagePair, target: CalibrationFile, start: PointPairs | None = None
    ) -> None:
        self.images = images
        self.target = target
        self.start = start
        self.saved: Alignment | None = None
        self.done = threading.Event()
        self._saving = threading.Lock()

    def fit(self, rows: Any) -> Alignment:
        """Fit pairs as they come from the page: lists of four numbers.

        Raises InputError and CalibrationError.
        """
        if not isinstance(rows, list):
            raise InputError(f'expected a list of pairs, got {type(rows).__name__}')
        builder = PairBuilder(self.images.visible_size, self.images.thermal_size)
        for number, row in enumerate(rows, 1):
            builder.add(f'pair {number}', row if isinstance(row, list) else [row])
        return align(builder.build(), self.images.visible_size)

    def save(self, rows: Any) -> Alignment:
        """Fit and write. Raises InputError, CalibrationError and OutputError."""
        alignment = self.fit(rows)
        with self._saving:
            self.target.write(alignment, self.images)
            self.saved = alignment
        return alignment


def figures(alignment: Alignment) -> dict[str, Any]:
    """Return an alignment as plain data; lengths in visible pixels, coverage from 0 to 1."""
    fit = alignment.fit
    pairs = zip(alignment.pairs.rows(), fit.residuals_px.tolist(), strict=True)
    return {
        'homography': fit.matrix.ravel().tolist(),
        'pairs': [
            {'visible': row[:2], 'thermal': row[2:], 'residual_px': residual}
            for row, residual in pairs
        ],
        'rms_px': fit.rms_px,
        'worst_px': alignment.worst_px,
        'worst_pair': alignment.worst + 1,
        'coverage': alignment.coverage,
        'thermal_pixel_px': alignment.thermal_pixel_px,
        'warnings': list(alignment.warnings),
    }
