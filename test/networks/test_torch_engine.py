"""torch as an engine, on the CPU; on a GPU only where there is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: its engine is not tested')
pytest.importorskip('safetensors', reason='safetensors is not installed')

from nitedr_ros.engines.check import sample_pair  # noqa: E402
from nitedr_ros.engines.engine import Engine, PipelinedEngine  # noqa: E402
from nitedr_ros.engines.model import find_model  # noqa: E402
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine  # noqa: E402
from nitedr_ros.errors import EngineError, InputError  # noqa: E402
from nitedr_ros.networks.export_job import ExportJob, run_export  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, Pair  # noqa: E402
from nitedr_ros.networks.sources import from_run  # noqa: E402
from nitedr_ros.networks.torch_engine import open_torch_engine  # noqa: E402
from nitedr_ros.training.run_folder import RunFolder  # noqa: E402

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU for torch')
SIZE = (70, 100)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A training run with random weights that do change the image."""
    torch.manual_seed(2)
    pair = Pair(SIZES['nano']).eval()
    with torch.no_grad():
        for name, weight in pair.named_parameters():
            if name.endswith(('luma', 'colour')):
                weight.add_(0.02 * torch.randn_like(weight))
    folder = RunFolder(tmp_path / 'run')
    folder.path.mkdir()
    folder.write_best(pair)
    folder.write_card({'config': {'size': 'nano'}})
    return folder.path


@pytest.fixture
def exported(weights: Path, tmp_path: Path) -> Engine:
    """The same run, exported, in ONNX Runtime."""
    run_export(from_run(weights), ExportJob('nano', None, registry=tmp_path / 'models'))
    return OnnxRuntimeEngine(find_model('nano', tmp_path / 'models'), threads=1)


def largest_difference(first: Engine, second: Engine) -> int:
    pair = sample_pair(*SIZE)
    ours, theirs = first.infer(*pair), second.infer(*pair)
    assert np.abs(ours.derained.astype(int) - pair[0]).max() > 8, 'the pair changes nothing'
    return max(
        int(np.abs(getattr(ours, name).astype(int) - getattr(theirs, name)).max())
        for name in ('fused', 'derained')
    )


def test_computes_what_the_exported_graph_does(weights: Path, exported: Engine) -> None:
    engine = open_torch_engine(weights)
    engine.warm_up(*SIZE)
    assert engine.infer(*sample_pair(*SIZE)).fused.shape == (*SIZE, 3)
    assert largest_difference(engine, exported) <= 1


def test_bf16_is_near_and_is_not_fp32(weights: Path, exported: Engine) -> None:
    engine = open_torch_engine(weights, precision='bf16')
    assert 1 <= largest_difference(engine, exported) <= 12
    assert engine.info.precision == 'bf16'


def test_info_names_the_run(weights: Path) -> None:
    info = open_torch_engine(weights).info
    assert (info.engine, info.precision, info.model) == ('torch', 'fp32', 'nitedr-nano')
    assert info.model_sha256.startswith(info.model_version)
    assert info.runtime == f'torch {torch.__version__} cpu'


def test_takes_images_that_may_not_be_written_to(weights: Path) -> None:
    visible, thermal = sample_pair(*SIZE)
    engine = open_torch_engine(weights)
    free = engine.infer(visible, thermal)
    visible.flags.writeable = thermal.flags.writeable = False
    np.testing.assert_array_equal(engine.infer(visible, thermal).fused, free.fused)


def test_fp16_on_a_cpu_is_refused(weights: Path) -> None:
    with pytest.raises(EngineError, match='bf16 or fp32'):
        open_torch_engine(weights, precision='fp16')


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='training run'):
        open_torch_engine(tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_without_a_gpu_cuda_is_refused(weights: Path) -> None:
    with pytest.raises(EngineError, match='expected a GPU of index 0'):
        open_torch_engine(weights, device='cuda')


@on_gpu
@pytest.mark.parametrize('precision, limit', [('fp32', 1), ('bf16', 12), ('fp16', 3)])
@pytest.mark.parametrize('use_graph', [False, True])
def test_a_gpu_computes_the_same(
    weights: Path, exported: Engine, precision: str, limit: int, use_graph: bool
) -> None:
    engine = open_torch_engine(weights, device='cuda', precision=precision, use_graph=use_graph)
    assert largest_difference(engine, exported) <= limit
    assert engine.gpu_bytes


@on_gpu
def test_a_gpu_gives_results_in_order(weights: Path) -> None:
    engine = open_torch_engine(weights, device='cuda')
    assert isinstance(engine, PipelinedEngine)
    visible, thermal = sample_pair(*SIZE)
    frames = [(visible // (1 + index), thermal) for index in range(5)]
    alone = [engine.infer(*frame).fused for frame in frames]
    with pytest.raises(ValueError, match='none is submitted'):
        engine.collect()
    engine.submit(*frames[0])
    found = []
    for frame in frames[1:]:
        engine.submit(*frame)
        found.append(engine.collect().fused)
    found.append(engine.collect().fused)
    for ours, theirs in zip(found, alone, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for frame in frames[: engine.depth]:
        engine.submit(*frame)
    with pytest.raises(ValueError, match='collect one first'):
        engine.submit(*frames[0])
