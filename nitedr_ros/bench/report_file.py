"""Where the figures go."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nitedr_ros.bench.report import Report
from nitedr_ros.errors import OutputError


class ReportFile:
    """A JSON file; that of an earlier run is replaced.

    Raises OutputError where there can be none, before anything is measured.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        folder = path.absolute().parent
        if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
            raise OutputError(
                f'expected to write a file {path}, its folder is missing or can not be written '
                f'to, or it is a folder itself: choose another path'
            )

    def write(self, report: Report) -> None:
        """Write it in one step; raises OutputError."""
        unfinished = self.path.with_name(f'.{self.path.name}.unfinished')
        try:
            unfinished.write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n', 'utf-8')
            unfinished.replace(self.path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise OutputError(f'expected to write {self.path}: {error.strerror}') from None
