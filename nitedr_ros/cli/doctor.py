"""`nitedr doctor`."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from rich.markup import escape
from rich.table import Table

from nitedr_ros.cli.console import output, print_json
from nitedr_ros.cli.options import JsonOption
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.hardware import nvidia_gpu
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.selection import AUTO_ORDER, create_engine, how_to_get, select_engine
from nitedr_ros.errors import EngineError, NitedrError
from nitedr_ros.resources import models_folder


@dataclass(frozen=True)
class Finding:
    """One thing looked for: there or not, needed or not, and how to get it."""

    what: str
    found: bool
    needed: bool
    detail: str


_RUNTIME = {
    'numpy': 'numpy',
    'cv2': 'opencv-python-headless',
    'onnxruntime': 'onnxruntime',
    'rosbags': 'rosbags',
    'pydantic': 'pydantic',
}
_OPTIONAL = {
    'openvino': ('openvino', 'the fastest engine on CPUs: pip install openvino'),
    'rclpy': ('rclpy', 'for live cameras: install ROS 2 and source its setup file'),
    'tensorrt': ('tensorrt', 'for NVIDIA GPUs: ' + how_to_get('tensorrt')),
    'cuda': ('cuda-python', 'for TensorRT: pip install cuda-python'),
    'torch': ('torch', 'for training only: pip install "nitedr_ros[train]"'),
}


def _package(module: str, distribution: str) -> tuple[bool, str]:
    if find_spec(module) is None:
        return False, ''
    try:
        return True, version(distribution)
    except PackageNotFoundError:
        return True, 'version unknown'


def _gpu() -> Finding:
    found = nvidia_gpu()
    return Finding('GPU', bool(found), False, found or 'no NVIDIA GPU; CPUs do')


def examine() -> list[Finding]:
    """Look at this machine and return what was found."""
    findings = [Finding('Python', True, True, platform.python_version())]
    for module, distribution in _RUNTIME.items():
        found, detail = _package(module, distribution)
        findings.append(
            Finding(distribution, found, True, detail or f'pip install {distribution}')
        )
    for module, (distribution, hint) in _OPTIONAL.items():
        found, detail = _package(module, distribution)
        findings.append(Finding(distribution, found, False, detail or hint))
    findings.append(_gpu())
    findings.extend(_examine_engines())
    return findings


def _examine_engines() -> list[Finding]:
    config = Config()
    try:
        model = find_model(config.model, models_folder())
        model.read_verified()
    except NitedrError as error:
        return [Finding(f'model {config.model}', False, True, str(error))]
    findings = [Finding(f'model {model.name}', True, True, f'{model.version}, hash verified')]
    for name in AUTO_ORDER:
        try:
            info = create_engine(name, model, config.engine).info
        except EngineError as error:
            findings.append(Finding(f'engine {name}', False, False, str(error)))
        else:
            detail = f'{info.runtime}, {info.precision}'
            findings.append(Finding(f'engine {name}', True, False, detail))
    try:
        selection = select_engine(model, config.engine)
        name = selection.engine.info.engine
    except EngineError as error:
        findings.append(Finding('engine auto', False, True, str(error)))
    else:
        detail = '; '.join((*selection.passed_over, f'{name} {selection.verdict}'))
        findings.append(Finding('engine auto', True, True, detail))
    return findings


def doctor(as_json: JsonOption = False) -> None:
    """Say what is installed, what this machine can run, what is missing and how to get it."""
    findings = examine()
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        table = Table('', 'what', 'detail')
        for finding in findings:
            mark = '[green]ok[/green]' if finding.found else '[red]missing[/red]'
            if not finding.found and not finding.needed:
                mark = '[yellow]absent[/yellow]'
            table.add_row(mark, finding.what, escape(finding.detail))
        output().print(table)
    missing = [finding.what for finding in findings if finding.needed and not finding.found]
    if missing:
        raise EngineError(f'this machine can not replay yet, missing: {", ".join(missing)}')
