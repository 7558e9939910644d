"""The calibration as a ROS parameter file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

import yaml

from nitedr_ros import __version__
from nitedr_ros.align.alignment import Alignment
from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.align.points_file import points_csv
from nitedr_ros.errors import OutputError


class CalibrationFile:
    """Where the calibration goes, and the points that were clicked beside it.

    points_path: `NAME.points.csv` beside `NAME.yaml`.
    """

    def __init__(self, path: Path, *, force: bool, with_points: bool) -> None:
        """Check the place, so that nobody sets points in vain; raises OutputError.

        force: replace files that are there. with_points: write the points too.
        """
        self.path = path
        self.points_path = path.with_name(f'{path.stem}.points.csv') if path.name else path
        self._with_points = with_points
        self._force = force
        if not path.name or not path.parent.is_dir():
            raise OutputError(
                f'{path}: expected a file to write in an existing folder, {path.parent} is none: '
                'create it or choose another path'
            )
        self._check()

    @property
    def paths(self) -> list[Path]:
        """The files that are written."""
        return [self.path, self.points_path] if self._with_points else [self.path]

    def write(self, alignment: Alignment, images: ImagePair) -> None:
        """Write the files, each in one step; from then on they are our own to replace.

        Raises OutputError.
        """
        self._check()
        if self._with_points:
            _replace(self.points_path, points_csv(alignment.pairs))
        _replace(self.path, calibration_yaml(alignment, images))
        self._force = True

    def _check(self) -> None:
        for path in self.paths:
            if path.is_dir():
                raise OutputError(f'{path}: expected a file, it is a folder: choose another path')
            if os.path.lexists(path) and not self._force:
                raise OutputError(
                    f'{path}: exists already: choose another path or replace it with --force'
                )


def calibration_yaml(alignment: Alignment, images: ImagePair) -> str:
    """Return the parameter file: the geometry section, with where it comes from as comments."""
    made = datetime.now(timezone.utc).strftime('%Y-%m-%d %H:%M UTC')
    source = ''.join(c if c.isprintable() else '?' for c in images.source)
    fit = alignment.fit
    values = {
        'homography': fit.matrix.ravel().tolist(),
        'homography_visible_size': list(images.visible_size),
        'homography_thermal_size': list(images.thermal_size),
    }
    covered = 100 * alignment.coverage
    worst = f'{alignment.worst_px:.2f} px (pair {alignment.worst + 1})'
    lines = [
        '# Where visible pixels lie in the thermal image: a homography from points set in both.',
        f'# made:    {made} by nitedr align {__version__}',
        f'# source:  {source}',
        f'# points:  {len(alignment.pairs)} pairs, over {covered:.0f} % of the visible image',
        f'# fit:     RMS {fit.rms_px:.2f} px, worst {worst}, visible pixels',
        *(f'# warning: {warning}' for warning in alignment.warnings),
        '# use:     nitedr replay BAG_IN BAG_OUT --config THIS_FILE',
        '# It holds for things about as far away as those that the points show, and as long as',
        '# neither camera is moved; nearer and farther things are off by their parallax.',
        '/**:',
        '  ros__parameters:',
        '    geometry:',
        '      registration: homography',
        '      # whether the pixels are those of images rectified by camera_info',
        f'      rectify: {str(bool(images.rectified)).lower()}',
        '      # from visible to thermal pixels, row by row',
    ]
    for name, numbers in values.items():
        # YAML's own writer, since 1e-05 is a number to Python and a word to YAML 1.1.
        text = yaml.safe_dump(numbers, default_flow_style=True, width=1000).strip()
        lines.append(f'      {name}: {text}')
    return '\n'.join((*lines, ''))


def _replace(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all."""
    temporary = ''
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
        with os.fdopen(descriptor, 'w', encoding='utf-8') as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
            # mkstemp keeps others out; a calibration is for all who may read the folder.
            os.fchmod(stream.fileno(), 0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        raise OutputError(f'expected to write {path}: {error.strerror}') from None
