"""The TensorRT that is installed, or one line that says how to get one."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from machines import Machine

from nitedr_ros.engines.tensorrt import installed
from nitedr_ros.engines.tensorrt.installed import installed_tensorrt
from nitedr_ros.errors import EngineError


def importing(monkeypatch: pytest.MonkeyPatch, result: Any) -> None:
    def import_module(name: str) -> Any:
        assert name == 'tensorrt'
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(installed, 'import_module', import_module)


def test_is_the_module(monkeypatch: pytest.MonkeyPatch, trt_machine: Machine) -> None:
    importing(monkeypatch, trt_machine.trt)
    assert installed_tensorrt() is trt_machine.trt


@pytest.mark.parametrize(
    'result, told',
    [
        (ModuleNotFoundError('tensorrt'), 'it is missing: install JetPack.*pip install tensorrt'),
        (ImportError('libnvinfer.so.10:\n no such file'), r'loaded: libnvinfer\.so\.10: no such'),
        (OSError('libnvinfer.so.10: version'), r'can not be loaded: libnvinfer\.so\.10: version'),
        (RuntimeError('no\ndriver'), 'can not be loaded: no driver'),
        (AttributeError("no attribute 'bool'"), "can not be loaded: no attribute 'bool'"),
        (ModuleType('tensorrt'), "whole tensorrt, <module 'tensorrt'> has no Builder: install it"),
    ],
)
def test_says_what_is_wrong_in_one_line(
    monkeypatch: pytest.MonkeyPatch, result: Any, told: str
) -> None:
    importing(monkeypatch, result)
    with pytest.raises(EngineError, match=told) as caught:
        installed_tensorrt()
    assert '\n' not in str(caught.value)
