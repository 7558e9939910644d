"""Where the results of an evaluation go."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nitedr_ros.errors import OutputError
from nitedr_ros.evaluate.evaluation import Evaluation
from nitedr_ros.evaluate.page import render_page


class OutputFolder:
    """A folder that gets `results.json` and `report.html`; those of an earlier run are replaced.

    Raises OutputError where there can be none, before anything is worked out.
    """

    def __init__(self, path: Path) -> None:
        self.page = path / 'report.html'
        self.results = path / 'results.json'
        self._path = path
        there = next(place for place in (path, *path.absolute().parents) if place.exists())
        if not (there.is_dir() and os.access(there, os.W_OK)):
            raise OutputError(
                f'expected a folder at {path}, {there} can not be written to: choose another path'
            )

    def write(self, evaluation: Evaluation) -> None:
        """Write both files, each in one step. Raises OutputError."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f'expected a folder at {self._path}: {error.strerror}') from None
        _write(self.results, json.dumps(evaluation.results, indent=2, ensure_ascii=False) + '\n')
        _write(self.page, render_page(evaluation))


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f'.{path.name}.unfinished')
    try:
        unfinished.write_text(text, 'utf-8')
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(f'expected to write {path}: {error.strerror}') from None
