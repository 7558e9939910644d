"""A whole evaluation with a model whose answers are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import InputError
from nitedr_ros.evaluate.evaluation import Evaluation, evaluate
from nitedr_ros.evaluate.groups import Groups
from nitedr_ros.evaluate.page import render_page
from nitedr_ros.evaluate.selection import EvaluationJob, select_stills
from nitedr_ros.metrics.luma import luma_psnr


@pytest.fixture
def engine(tiny_model: Model) -> OnnxRuntimeEngine:
    """Its de-rained image is half as bright as the visible one."""
    return OnnxRuntimeEngine(tiny_model, threads=1)


def run(job: EvaluationJob, engine: OnnxRuntimeEngine) -> Evaluation:
    return evaluate(select_stills(job), Config(), engine, [])


def test_every_image_every_group_and_all(folders: Any, engine: OnnxRuntimeEngine) -> None:
    seen: list[tuple[int, int]] = []
    job = EvaluationJob(*folders, Groups.from_patterns(['night=*N', 'day=*D', 'none=zz']))
    found = evaluate(select_stills(job), Config(), engine, [], lambda *done: seen.append(done))
    results = found.results
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert results['images'] == results['latency']['infer']['count'] == 4
    images = {image['stem']: image for image in results['per_image']}
    assert images['00N']['derained']['psnr_y'] == 100.0
    rainy = cv2.imread(str(folders.visible / '01N.png'))[..., ::-1]
    clean = cv2.imread(str(folders.target / '01N.png'))[..., ::-1]
    assert images['01N']['input']['psnr_y'] == pytest.approx(luma_psnr(rainy, clean), abs=1e-5)
    after = luma_psnr(rainy // 2, clean)
    assert images['01N']['derained']['psnr_y'] == pytest.approx(after, abs=1e-5)
    assert images['02D']['gain_db'] < 0
    assert images['03D']['dry'] is True
    assert list(results['groups']) == ['night', 'day']
    night = results['groups']['night']['deraining']
    assert night['derained']['psnr_y'] == pytest.approx((100 + after) / 2, abs=1e-4)
    assert results['groups']['day']['dry']['images'] == 1
    assert results['all']['deraining']['images'] == 3
    assert results['all']['deraining']['worse'] == 1
    assert results['pictured'] == {'best': '00N', 'median': '01N', 'worst': '02D'}
    still = found.pictured['best'][1]
    np.testing.assert_array_equal(still.derained, still.target)


def test_a_bad_image_is_left_out_and_said(folders: Any, engine: OnnxRuntimeEngine) -> None:
    (folders.thermal / '00N.png').write_bytes(b'nothing')
    cv2.imwrite(str(folders.target / '01N.png'), np.zeros((48, 60, 3), np.uint8))
    results = run(EvaluationJob(*folders), engine).results
    assert results['images'] == 2
    assert [note.partition(': ')[2][:3] for note in results['notes']] == ['00N', '01N']
    assert 'got 60x48' in results['notes'][1]
    for stem in ('02D', '03D'):
        (folders.visible / f'{stem}.png').write_bytes(b'nothing')
    with pytest.raises(InputError, match='none of 4 images could be scored: 00N'):
        run(EvaluationJob(*folders), engine)


def test_the_page_has_all_tables_and_needs_no_other_file(
    folders: Any, engine: OnnxRuntimeEngine
) -> None:
    job = EvaluationJob(*folders, Groups.from_patterns(['<night>=*N']))
    page = render_page(run(job, engine))
    for text in ('De-raining, against', 'Dry frames', 'Fusion, against clean', '&lt;night&gt;'):
        assert text in page
    for title in ('Best: 00N', 'Median: 01N', 'Worst: 02D'):
        assert title in page
    assert '<night>' not in page
    assert 'src="data:image/jpeg;base64,' in page
    assert page.count('src="') == page.count('src="data:')
    assert 'href' not in page
    assert 'http' not in page


@pytest.mark.parametrize('target', ['none', 'visible'])
def test_pages_without_rain_to_take_out(
    folders: Any, engine: OnnxRuntimeEngine, target: str
) -> None:
    job = replace(EvaluationJob(*folders), target=None if target == 'none' else folders.visible)
    found = run(job, engine)
    assert found.results['all']['deraining'] is None
    assert (found.results['all']['dry'] is None) == (target == 'none')
    page = render_page(found)
    assert ('Dry frames' in page) == (target == 'visible')
    assert 'made worse' not in page
    assert ('what changed' in page) == (target == 'visible')
