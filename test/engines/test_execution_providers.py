"""What ONNX Runtime's GPU providers are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.config.schema import EngineConfig
from nitedr_ros.engines.execution_providers import CPU, CUDA, TENSORRT, GpuUse, with_options
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError


@pytest.fixture
def plans(tmp_path: Path) -> str:
    folder = tmp_path / 'plans'
    folder.mkdir(0o700)
    return str(folder)


def options_of(provider: str, use: GpuUse, model: Model) -> dict[str, str]:
    ((name, options),) = with_options([provider], use, model)
    assert name == provider
    return options


def test_only_gpu_providers_have_options(tiny_model: Model, plans: str) -> None:
    names = [TENSORRT, CUDA, CPU]
    found = with_options(names, GpuUse(device=2, plans_folder=plans), tiny_model)
    assert [name for name, _ in found] == names
    assert [options.get('device_id') for _, options in found] == ['2', '2', None]
    assert found[2][1] == {}


def test_a_configuration_says_all_of_it() -> None:
    config = EngineConfig(device=1, gpu_memory_mb=64, workspace_mb=8, plans_folder='there')
    assert GpuUse.of(config) == GpuUse(1, 64, 8, 'there')


def test_memory_is_limited_only_where_it_is_asked_for(tiny_model: Model) -> None:
    assert 'gpu_mem_limit' not in options_of(CUDA, GpuUse(), tiny_model)
    limited = options_of(CUDA, GpuUse(memory_mb=512), tiny_model)
    assert limited['gpu_mem_limit'] == '536870912'


def test_fp32_is_no_tf32(tiny_model: Model) -> None:
    assert options_of(CUDA, GpuUse(), tiny_model)['use_tf32'] == '0'


@pytest.mark.parametrize('precision, allowed', [('fp32', '00'), ('fp16', '10'), ('int8', '01')])
def test_tensorrt_may_use_the_precision_of_the_graph_only(
    tiny_model: Model, plans: str, precision: str, allowed: str
) -> None:
    model = tiny_model.model_copy(update={'precision': precision})
    options = options_of(TENSORRT, GpuUse(workspace_mb=8, plans_folder=plans), model)
    assert options['trt_fp16_enable'] + options['trt_int8_enable'] == allowed
    assert options['trt_max_workspace_size'] == '8388608'


def test_what_tensorrt_builds_is_kept_for_each_graph_by_itself(
    tiny_model: Model, plans: str
) -> None:
    use = GpuUse(plans_folder=plans)
    folder = Path(options_of(TENSORRT, use, tiny_model)['trt_engine_cache_path'])
    assert folder.is_dir()
    assert folder.is_relative_to(plans)
    other = tiny_model.model_copy(update={'sha256': 'f' * 64})
    assert options_of(TENSORRT, use, other)['trt_engine_cache_path'] != str(folder)


def test_a_folder_that_others_write_to_is_not_run_from(tiny_model: Model, plans: str) -> None:
    Path(plans).chmod(0o777)
    with pytest.raises(EngineError, match='writable by its owner only'):
        with_options([TENSORRT], GpuUse(plans_folder=plans), tiny_model)


def test_without_tensorrt_no_folder_is_made(
    tiny_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'caches'))
    with_options([CUDA, CPU], GpuUse(), tiny_model)
    assert not (tmp_path / 'caches').exists()
