"""A drive of two cameras with different views is rectified, registered and scored on replay."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from nitedr_ros.config.load import load_config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.replay.replay import ReplayJob, replay
from nitedr_ros.replay.report import Report
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.drive import DriveConfig

SMALL = {'width': 320, 'height': 240, 'thermal_width': 160, 'thermal_height': 128}


def run(
    bag: Path, out: Path, engine: Engine | None = None, **overrides: object
) -> tuple[Report, list[str]]:
    notes: list[str] = []
    config = load_config(None, overrides)
    return replay(ReplayJob(bag, out), config, engine or PassthroughEngine(), notes), notes


def read(path: Path) -> dict[str, list]:
    """Read a bag with rosbags itself, not with our reader."""
    found = defaultdict(list)
    with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_HUMBLE)) as reader:
        for connection, _, raw in reader.messages():
            found[connection.topic].append(reader.deserialize(raw, connection.msgtype))
    return found


@pytest.fixture
def tiny_engine(tiny_model: Model) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(tiny_model, threads=1)


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('registered') / 'drive'
    write_drive(DriveConfig(seconds=1.0, rain=0.0, **SMALL), path)
    return path


def test_outputs_are_in_the_rectified_view_with_their_calibration(
    drive: Path, tmp_path: Path
) -> None:
    report, notes = run(drive, tmp_path / 'out')
    assert notes == []
    assert report['registration'] == 'extrinsics'
    source, result = read(drive), read(tmp_path / 'out')
    wanted = np.delete(source['/visible/camera_info'][0].p, [3, 7, 11])
    assert np.abs(source['/visible/camera_info'][0].d).max() > 0.01
    for name in ('fused', 'derained', 'thermal_registered'):
        infos, images = result[f'/nitedr/{name}/camera_info'], result[f'/nitedr/{name}/image']
        assert len(infos) == len(images) > 20
        for info, image in zip(infos, images, strict=True):
            assert info.header == image.header
            np.testing.assert_allclose(info.k, wanted, rtol=0, atol=1e-9)
            np.testing.assert_array_equal(info.r, np.eye(3).ravel())
            assert not info.d.any()
            assert (info.width, info.height) == (image.width, image.height) == (320, 240)


def test_the_radiometric_image_and_the_mask_stand_beside_the_8_bit_one(
    drive: Path, tmp_path: Path
) -> None:
    run(drive, tmp_path / 'out')
    result, truth = read(tmp_path / 'out'), read(drive)['/truth/thermal/image']
    exact = {_stamp(m): m.data.view(np.uint16).reshape(240, 320) for m in truth}
    levels = result['/nitedr/thermal_registered/image']
    values = result['/nitedr/thermal_registered/radiometric']
    masks = result['/nitedr/thermal_registered/mask']
    assert len(levels) == len(values) == len(masks) > 20
    assert {m.encoding for m in values} == {'mono16'}
    errors: list[float] = []
    mirrored: list[float] = []
    for image, mask in zip(values, masks, strict=True):
        counts = image.data.view(np.uint16).reshape(240, 320)
        seen = mask.data.reshape(240, 320)
        assert set(np.unique(seen)) <= {0, 255}
        assert ((counts == 0) == (seen == 0)).all()
        there = exact[_stamp(image)].astype(float)
        for found, other in ((errors, there), (mirrored, there[:, ::-1])):
            found.append(float(np.median(np.abs(counts - other)[seen > 0])))
    # Most of a road and of house walls looks alike; the sides of the street do not.
    assert np.median(errors) < 0.6 * np.median(mirrored)


def _stamp(message) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def test_a_smaller_processing_size_and_full_size_outputs(drive: Path, tmp_path: Path) -> None:
    run(
        drive,
        tmp_path / 'out',
        **{'geometry.processing_size': (160, 120), 'geometry.full_size_output': True},
    )
    result = read(tmp_path / 'out')
    sizes = {
        name: (
            result[f'/nitedr/{name}/image'][-1].width,
            result[f'/nitedr/{name}/camera_info'][-1].width,
        )
        for name in ('fused', 'derained', 'thermal_registered')
    }
    assert sizes == {'fused': (320, 320), 'derained': (320, 320), 'thermal_registered': (160, 160)}
    full = result['/nitedr/fused/camera_info'][-1].k
    small = result['/nitedr/thermal_registered/camera_info'][-1].k
    np.testing.assert_allclose(small[0], full[0] / 2)
    np.testing.assert_allclose(small[2], (full[2] + 0.5) / 2 - 0.5)


def test_the_report_scores_the_replay_against_the_truth(
    drive: Path, tmp_path: Path, tiny_engine: Engine
) -> None:
    report, _ = run(drive, tmp_path / 'out', tiny_engine)
    scores = report['scores']
    assert scores['pairing']['true_skew_ms']['mean'] == pytest.approx(
        report['skew_ms']['mean'], abs=0.002
    )
    # The tiny model halves the brightness, the camera only adds noise and its optics.
    assert scores['deraining']['visible']['psnr_db'] > 25
    assert (
        scores['deraining']['derained']['psnr_db'] < scores['deraining']['visible']['psnr_db'] - 5
    )
    page = (tmp_path / 'out' / 'report.html').read_text('utf-8')
    assert 'truth' in page
    assert f'{scores["deraining"]["derained"]["psnr_db"]:.2f}' in page


def test_a_clock_that_is_off_is_seen_in_the_scores(tmp_path: Path) -> None:
    write_drive(DriveConfig(seconds=1.0, offset_ms=40.0, rain=0.0, **SMALL), tmp_path / 'drive')
    plain, _ = run(tmp_path / 'drive', tmp_path / 'plain')
    mended, _ = run(
        tmp_path / 'drive', tmp_path / 'mended', **{'pairing.thermal_offset_ms': -40.0}
    )
    off, on = (report['scores']['pairing'] for report in (plain, mended))
    assert off['clock_offset_ms'] == pytest.approx(40.0, abs=0.01)
    assert on['true_skew_ms']['mean'] == pytest.approx(mended['skew_ms']['mean'], abs=0.002)
    assert abs(off['true_skew_ms']['mean'] - plain['skew_ms']['mean']) > 1.0


def test_clocks_of_different_domains_are_noted_with_the_offset_that_fits(
    tmp_path: Path, tiny_engine: Engine
) -> None:
    write_drive(
        DriveConfig(seconds=1.5, offset_ms=-30_000.0, truth=False, **SMALL), tmp_path / 'drive'
    )
    report, notes = run(tmp_path / 'drive', tmp_path / 'out', tiny_engine)
    assert 'full' not in report['modes']
    (line,) = [note for note in notes if 'different clocks' in note]
    offset = float(line.split('thermal_offset_ms: ')[1].split()[0])
    assert abs(offset - 30_000) < 40
    mended, notes = run(
        tmp_path / 'drive',
        tmp_path / 'mended',
        tiny_engine,
        **{'pairing.thermal_offset_ms': offset},
    )
    assert mended['modes']['full'] > 30
    assert notes == []
