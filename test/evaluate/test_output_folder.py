"""Where results go."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.errors import OutputError
from nitedr_ros.evaluate.output_folder import OutputFolder


def test_a_file_in_the_way_is_found_before_the_work_and_nothing_is_made_yet(
    tmp_path: Path,
) -> None:
    (tmp_path / 'file').touch()
    for place in ('file', 'file/below'):
        with pytest.raises(OutputError, match='choose another path'):
            OutputFolder(tmp_path / place)
    folder = OutputFolder(tmp_path / 'new' / 'below')
    assert not (tmp_path / 'new').exists()
    assert folder.page == tmp_path / 'new' / 'below' / 'report.html'
