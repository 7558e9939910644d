"""The package's files are found however it was installed; every case is a real installation."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from nitedr_ros import resources
from nitedr_ros.errors import NitedrError

ROOT = Path(__file__).resolve().parent.parent
PROBE = 'from nitedr_ros import resources; print(resources.share_folder())'
BUILD = ['--no-deps', '--no-build-isolation', '--ignore-installed', '--quiet']


def check_run(command: list[object], **environment: str) -> str:
    """Run a command without this environment's own paths and return what it printed."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {'PYTHONPATH', 'VIRTUAL_ENV', 'AMENT_PREFIX_PATH', 'COLCON_PREFIX_PATH'}
    }
    done = subprocess.run(
        [str(part) for part in command],
        env={**inherited, **environment},
        cwd='/',
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def pip(python: Path, *arguments: object) -> None:
    """Run this environment's pip and setuptools for the environment of another Python."""
    check_run(
        [sys.executable, '-m', 'pip', '--python', python, *arguments],
        PYTHONPATH=sysconfig.get_path('purelib'),
    )


def assert_complete(share: Path) -> None:
    assert (share / 'package.xml').read_bytes() == (ROOT / 'package.xml').read_bytes()
    for folder in ('models', 'config', 'launch'):
        expected = {
            path.relative_to(ROOT)
            for path in (ROOT / folder).rglob('*')
            if path.is_file() and path.suffix != '.pyc'
        }
        assert expected
        for path in expected:
            assert (share / path).read_bytes() == (ROOT / path).read_bytes()


@pytest.fixture(scope='module')
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the source tree, in a folder with a space in its name."""
    copy = tmp_path_factory.mktemp('source') / 'source tree'
    copy.mkdir()
    for name in ('nitedr_ros', 'models', 'config', 'launch', 'resource'):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copytree(ROOT / 'scripts/ros', copy / 'scripts/ros')
    for name in ('setup.py', 'setup.cfg', 'pyproject.toml', 'package.xml', 'README.md', 'LICENSE'):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope='module')
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('wheel')
    check_run(
        [
            sys.executable,
            '-m',
            'pip',
            'wheel',
            '--no-deps',
            '--no-build-isolation',
            '--quiet',
            '--wheel-dir',
            folder,
            tree,
        ]
    )
    (path,) = folder.glob('*.whl')
    return path


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return the Python of an environment that holds nothing at all."""
    check_run([sys.executable, '-m', 'venv', '--without-pip', tmp_path / 'environment'])
    return tmp_path / 'environment' / 'bin' / 'python'


def test_this_tree_has_all_files() -> None:
    assert_complete(resources.share_folder())
    assert resources.models_folder().is_dir()
    assert (resources.config_folder() / 'nitedr.yaml').is_file()
    assert (resources.launch_folder() / 'nitedr.launch.py').is_file()


def test_source_tree(tree: Path) -> None:
    assert Path(check_run([sys.executable, '-c', PROBE], PYTHONPATH=str(tree))) == tree


@pytest.mark.slow
def test_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [p for p in (ROOT / 'nitedr_ros').rglob('*') if p.is_file() and p.suffix != '.pyc']
    assert {p.suffix for p in files} >= {'.py', '.j2'}
    assert {p.relative_to(ROOT).as_posix() for p in files} <= names


@pytest.mark.slow
def test_wheel(wheel: Path, python: Path) -> None:
    pip(python, 'install', *BUILD, wheel)
    share = Path(check_run([python, '-c', PROBE]))
    assert share == python.parent.parent / 'share' / 'nitedr_ros'
    assert_complete(share)
    assert os.access(python.parent / 'nitedr', os.X_OK)
    # Too common a name for everybody's PATH.
    assert not (python.parent / 'replay').exists()


@pytest.mark.slow
def test_editable(tree: Path, python: Path) -> None:
    pip(python, 'install', *BUILD, '--editable', tree)
    assert Path(check_run([python, '-c', PROBE])) == tree
    assert os.access(python.parent / 'nitedr', os.X_OK)


@pytest.mark.slow
def test_target_folder(wheel: Path, python: Path, tmp_path: Path) -> None:
    target = tmp_path / 'target'
    pip(python, 'install', *BUILD, '--target', target, wheel)
    share = Path(check_run([python, '-c', PROBE], PYTHONPATH=str(target)))
    assert share == target / 'share' / 'nitedr_ros'
    assert_complete(share)


@pytest.mark.slow
@pytest.mark.parametrize('option', [None, '--symlink-install', '--merge-install'])
def test_colcon(tree: Path, python: Path, tmp_path: Path, option: str | None) -> None:
    pytest.importorskip('colcon_core', reason='colcon is not installed')
    pytest.importorskip('colcon_ros', reason='colcon-ros is not installed')
    install = tmp_path / 'install'
    check_run(
        [sys.executable, '-c', 'from colcon_core.command import main; raise SystemExit(main())']
        + ['--log-base', tmp_path / 'log', 'build', '--base-paths', tree]
        + ['--build-base', tmp_path / 'build', '--install-base', install]
        + ([option] if option else []),
        COLCON_HOME=str(tmp_path),
    )

    def sourced(command: str) -> str:
        # colcon's scripts can't call a Python in a folder with a space, as this tree's may be.
        script = f'source "{install}/setup.bash" > /dev/null && {command}'
        return check_run(['bash', '-c', script], COLCON_PYTHON_EXECUTABLE=str(python))

    share = Path(sourced(f'"{python}" -c "{PROBE}"'))
    prefix = install if option == '--merge-install' else install / 'nitedr_ros'
    # Linked, the package stays in the build folder, whose files are links to the source tree.
    linked = option == '--symlink-install'
    assert share == (tmp_path / 'build' / 'nitedr_ros' if linked else prefix / 'share/nitedr_ros')
    assert_complete(share)
    # What `ros2 run` and `ros2 launch` look for.
    assert sourced('echo "$AMENT_PREFIX_PATH"') == str(prefix)
    assert (prefix / 'share/ament_index/resource_index/packages/nitedr_ros').is_file()
    assert_complete(prefix / 'share/nitedr_ros')
    for command in ('nitedr', 'nitedr_node', 'replay'):
        assert os.access(prefix / 'lib/nitedr_ros' / command, os.X_OK)


def test_copied_package_says_what_to_do(tmp_path: Path) -> None:
    package = tmp_path / 'nitedr_ros'
    package.mkdir()
    with pytest.raises(NitedrError, match='install the package with pip or colcon') as error:
        resources._share_folder_of(package)
    assert '\n' not in str(error.value)
    assert str(package) in str(error.value)


def test_nearest_installation_wins(tmp_path: Path) -> None:
    package = tmp_path / 'usr/local/lib/python3.11/site-packages/nitedr_ros'
    package.mkdir(parents=True)
    for prefix in ('usr', 'usr/local'):
        share = tmp_path / prefix / 'share/nitedr_ros'
        share.mkdir(parents=True)
        (share / 'package.xml').touch()
    assert resources._share_folder_of(package) == tmp_path / 'usr/local/share/nitedr_ros'


def test_linked_package_is_followed(tmp_path: Path) -> None:
    package = tmp_path / 'store/lib/nitedr_ros'
    share = tmp_path / 'store/share/nitedr_ros'
    package.mkdir(parents=True)
    share.mkdir(parents=True)
    (share / 'package.xml').touch()
    link = tmp_path / 'elsewhere' / 'nitedr_ros'
    link.parent.mkdir()
    link.symlink_to(package)
    assert resources._share_folder_of(link) == share.resolve()
