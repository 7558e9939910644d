"""What describes the package agrees with itself: version, requirements, locks and scripts."""

import ast
import importlib.metadata
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nitedr_ros
from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {'ros2bag', 'ros2launch', 'rosbag2_storage_mcap'}  # used by what is called `ros2`
LOCKS = ('runtime', 'test', 'runtime-numpy1', 'test-numpy1')


def requirements(path: Path) -> list[Requirement]:
    lines = (line.partition('#')[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def manifest() -> ET.Element:
    return ET.parse(ROOT / 'package.xml').getroot()


def ros_packages(kind: str) -> set[str]:
    """Return the ROS packages that package.xml asks for; other keys name Debian's or pip's."""
    stated = {str(element.text) for element in manifest().iter(kind)}
    return {name for name in stated if not name.startswith('python3-')}


def lock(name: str) -> list[Requirement]:
    return requirements(ROOT / 'requirements' / f'{name}.txt')


class Imports(ast.NodeVisitor):
    """Collects the top names of the modules that code imports when it runs."""

    def __init__(self, path: Path) -> None:
        self.names: set[str] = set()
        self.visit(ast.parse(path.read_text()))

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == 'TYPE_CHECKING'):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name.partition('.')[0] for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level == 0:
            self.names.add(str(node.module).partition('.')[0])


@pytest.fixture
def description(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what setup.py hands to setuptools."""
    setuptools = pytest.importorskip('setuptools', reason='setuptools is not installed')
    captured: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, 'setup', captured.update)
    runpy.run_path(str(ROOT / 'setup.py'))
    return captured


def test_one_version(description: dict[str, Any]) -> None:
    assert description['version'] == nitedr_ros.__version__
    manifest = (ROOT / 'package.xml').read_text()
    assert re.findall('<version>(.*)</version>', manifest) == [nitedr_ros.__version__]


def test_manifest_is_valid_for_ros(description: dict[str, Any]) -> None:
    package = pytest.importorskip('catkin_pkg.package', reason='catkin_pkg is not installed')
    warnings: list[str] = []
    manifest = package.parse_package(str(ROOT / 'package.xml'), warnings=warnings)
    assert warnings == []
    assert manifest.name == description['name']
    assert manifest.licenses == [description['license']]
    assert manifest.get_build_type() == 'ament_python'


def test_setup_states_the_bounds_of_the_requirements(description: dict[str, Any]) -> None:
    stated = [*description['install_requires'], *description['extras_require']['openvino']]
    expected = requirements(ROOT / 'requirements' / 'runtime.in')
    assert sorted(map(str, map(Requirement, stated))) == sorted(map(str, expected))


def test_setup_states_every_import(description: dict[str, Any]) -> None:
    """Every third-party module that the run time imports comes from a stated requirement."""
    stated = [*description['install_requires'], *description['extras_require']['openvino']]
    names = {canonicalize_name(Requirement(line).name) for line in stated}
    provided = {
        Path(file.parts[0]).stem
        for name in names
        for file in importlib.metadata.files(name) or []
        if file.suffix in {'.py', '.so'}
    }
    known = {*sys.stdlib_module_names, 'nitedr_ros', *provided}
    missing = set()
    for path in (ROOT / 'nitedr_ros').rglob('*.py'):
        part = path.relative_to(ROOT / 'nitedr_ros').parts[0]
        if part in {'networks', 'training'}:
            continue  # what makes the networks needs the extra `train`
        names = Imports(path).names - known
        if part == 'node':
            names -= ros_packages('exec_depend')
        missing |= {f'{path.relative_to(ROOT)}: {name}' for name in names}
    assert missing == set()


def test_manifest_states_every_ros_package() -> None:
    """What is stated is what node, launch files and their tests import; nothing more is."""
    local = {path.stem for path in (ROOT / 'test').rglob('*.py')} | {'nitedr_ros', 'players'}

    def imported(*folders: str) -> set[str]:
        paths = [path for folder in folders for path in (ROOT / folder).rglob('*.py')]
        names = {name for path in paths for name in Imports(path).names}
        others = {'cv2', 'hypothesis', 'numpy', 'pytest', 'yaml'}
        return names - local - sys.stdlib_module_names - others

    executed, tested = ros_packages('exec_depend'), ros_packages('test_depend')
    assert imported('nitedr_ros/node', 'launch') == executed - COMMANDS
    assert imported('test/node', 'test/launch') <= executed | tested


@pytest.mark.parametrize('kind', ['exec_depend', 'test_depend'])
def test_manifest_is_sorted(kind: str) -> None:
    stated = [element.text for element in manifest().iter(kind)]
    assert stated == sorted(stated)


@pytest.mark.parametrize('name', LOCKS)
def test_lock_pins_everything(name: str) -> None:
    pinned = lock(name)
    assert all(re.fullmatch(r'==[\w.]+', str(entry.specifier)) for entry in pinned)
    names = {canonicalize_name(entry.name) for entry in pinned}
    for wanted in requirements(ROOT / 'requirements' / 'runtime.in'):
        assert canonicalize_name(wanted.name) in names


@pytest.mark.parametrize('name', LOCKS)
def test_lock_names_no_host_and_no_place(name: str) -> None:
    text = (ROOT / 'requirements' / f'{name}.txt').read_text()
    assert '://' not in text
    assert ' @ ' not in text
    assert '--' not in text


@pytest.mark.parametrize('suffix', ['', '-numpy1'])
def test_tests_run_with_what_is_shipped(suffix: str) -> None:
    shipped, tested = (
        {(entry.name, str(entry.specifier)) for entry in lock(f'{level}{suffix}')}
        for level in ('runtime', 'test')
    )
    assert shipped <= tested


def test_lock_for_ros_keeps_numpy_1() -> None:
    (numpy,) = (entry for entry in lock('runtime-numpy1') if entry.name == 'numpy')
    assert numpy.specifier.contains('1.26.4')


def test_parameter_file_holds_every_default() -> None:
    path = ROOT / 'config' / 'nitedr.yaml'
    written = yaml.safe_load(path.read_text())
    assert written == {'/**': {'ros__parameters': Config().model_dump(mode='json')}}
    assert load_config(path) == Config()


def test_parameter_file_explains_every_value() -> None:
    lines = (ROOT / 'config' / 'nitedr.yaml').read_text().splitlines()
    values = [index for index, line in enumerate(lines) if index > 2 and re.match(r' +\w', line)]
    assert values
    assert [lines[index] for index in values if not lines[index - 1].strip().startswith('#')] == []


def test_ros_finds_commands_that_are_on_no_path(description: dict[str, Any]) -> None:
    commands = {
        line.partition(' = ')[0] for line in description['entry_points']['console_scripts']
    }
    assert commands == {'nitedr', 'nitedr_node'}
    files = dict(description['data_files'])
    assert files['lib/nitedr_ros'] == ['scripts/ros/replay']
    assert os.access(ROOT / 'scripts/ros/replay', os.X_OK)


@pytest.mark.parametrize('name', ['cyclonedds', 'fastdds'])
def test_middleware_configuration_is_xml(name: str) -> None:
    root = ET.parse(ROOT / 'config' / 'dds' / f'{name}.xml').getroot()
    assert root.tag in {
        '{https://cdds.io/config}CycloneDDS',
        '{http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles}profiles',
    }


SCRIPTS = ['.ci/run', *(f'scripts/{path.name}' for path in (ROOT / 'scripts').glob('*.sh'))]


@pytest.mark.parametrize('script', SCRIPTS)
def test_script_can_run(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert 'set -euo pipefail' in path.read_text()
    subprocess.run(['bash', '-n', path], check=True)
