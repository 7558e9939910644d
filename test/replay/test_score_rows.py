"""The scores as people read them: in the terminal and on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nitedr_ros.cli.main import app
from nitedr_ros.replay.score_rows import score_rows
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.config import DriveConfig

NOTHING = {
    'outputs': 3,
    'outputs_with_truth': 0,
    'problem': None,
    'pairing': None,
    'registration': None,
    'deraining': None,
    'flicker': None,
    'thermal_flicker': None,
}


def test_what_was_not_compared_has_no_row() -> None:
    rows = score_rows(NOTHING)
    assert [(row.name, row.value) for row in rows] == [('compared', '0 of 3 outputs')]
    assert 'no lens' in score_rows({**NOTHING, 'problem': 'no lens'})[0].value


def test_figures_that_are_missing_are_said_in_words() -> None:
    unseen = {'frames': 2, 'points': 0, 'found': 0.0, 'median_px': None, 'p95_px': None}
    none = {**unseen, 'frames': 0, 'found': None, 'within_ms': 5.0}
    row = {'frames': 1, 'psnr_db': 30.0, 'ssim_frames': 0, 'ssim': None}
    scores = {
        **NOTHING,
        'registration': {'all': unseen, 'in_step': none, 'without_parallax': None},
        'deraining': {'visible': row, 'derained': {**row, 'ssim_frames': 1, 'ssim': 0.5}},
    }
    values = {row.name: row.value for row in score_rows(scores)}
    assert values['registration error'] == 'nothing found again'
    assert values['same, skew up to 5 ms'] == 'no frames'
    assert values['PSNR on luma'] == 'rainy 30.00 dB, de-rained 30.00 dB'
    assert values['SSIM on luma'] == 'rainy -, de-rained 0.5000'


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('scored') / 'drive'
    write_drive(DriveConfig(seconds=0.8, thermal_hz=20.0, width=320, height=240), path)
    return path


def test_a_drive_with_truth_is_scored_in_table_and_page(drive: Path, tmp_path: Path) -> None:
    arguments = ['replay', str(drive), str(tmp_path / 'out'), '--engine', 'passthrough']
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert 'Against the truth' in page
    for name in (
        'compared',
        'true skew',
        'best possible skew',
        'clock offset',
        'registration error',
        'PSNR on luma',
        'SSIM on luma',
        'flicker',
        'thermal brightness',
    ):
        assert name in result.output, name
        assert f'<td>{name}</td>' in page, name
    assert '24 of 24 outputs' in page


def test_a_drive_without_truth_has_no_such_section(make_bag, tmp_path: Path) -> None:
    arguments = ['replay', str(make_bag()), str(tmp_path / 'out'), '--engine', 'passthrough']
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert 'true skew' not in result.output
    assert 'Against the truth' not in (tmp_path / 'out' / 'report.html').read_text()
