"""A stand-in for an installed workspace: executables that write down what they were given."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nitedr_ros.resources import launch_folder

RECORD = """\
import json
import sys
from pathlib import Path

import yaml

files = [value for name, value in zip(sys.argv, sys.argv[1:]) if name == '--params-file']
call = {'argv': sys.argv[1:], 'parameters': [yaml.unsafe_load(open(file)) for file in files]}
me = Path(sys.argv[0])
with open(CALLS / f'{me.name}.jsonl', 'a') as calls:
    calls.write(json.dumps(call) + '\\n')
"""


@dataclass(frozen=True)
class Call:
    """One start of an executable: its arguments and the parameter files among them."""

    argv: list[str]
    parameters: list[dict[str, Any]]

    @property
    def remappings(self) -> dict[str, str]:
        """Return what `-r` asked for."""
        rules = [b for a, b in zip(self.argv, self.argv[1:], strict=False) if a == '-r']
        return dict(rule.split(':=') for rule in rules)


class Workspace:
    """An ament prefix with the executables of several packages.

    Executables that are added without code write down how they were called, and end.
    """

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.calls_folder = prefix / 'calls'
        self.calls_folder.mkdir(parents=True)

    def add(self, package: str, executable: str, code: str = '') -> Path:
        """Add an executable; code: Python that runs after the call was written down."""
        marker = self.prefix / 'share/ament_index/resource_index/packages' / package
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
        return self.write(self.prefix / 'lib' / package / executable, code)

    def write(self, path: Path, code: str = '') -> Path:
        """Write such an executable anywhere."""
        path.parent.mkdir(parents=True, exist_ok=True)
        record = RECORD.replace('CALLS', f'Path({str(self.calls_folder)!r})')
        path.write_text(f'#!{sys.executable}\n{record}{code}')
        path.chmod(0o755)
        return path

    def calls(self, executable: str) -> list[Call]:
        """Return how an executable was called, in order."""
        path = self.calls_folder / f'{executable}.jsonl'
        lines = path.read_text().splitlines() if path.exists() else []
        return [Call(**json.loads(line)) for line in lines]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = Workspace(tmp_path / 'install')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(made.prefix))
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'log'))
    return made


@pytest.fixture
def run_launch(workspace: Workspace) -> Callable[..., list[str]]:
    """Return a function that runs a launch file to its end and says why it ended."""
    # Here, so that the tests are skipped, not broken, where there is no ROS.
    import launch

    def run(name: str, *handlers: 'launch.EventHandler', **arguments: str) -> list[str]:
        path = launch_folder() / f'{name}.launch.py'
        source = launch.launch_description_sources.PythonLaunchDescriptionSource(str(path))
        reasons: list[str] = []
        ended = launch.event_handlers.OnShutdown(
            on_shutdown=lambda event, context: reasons.append(event.reason)
        )
        included = launch.actions.IncludeLaunchDescription(
            source, launch_arguments=arguments.items()
        )
        service = launch.LaunchService(noninteractive=True)
        watched = [launch.actions.RegisterEventHandler(one) for one in (ended, *handlers)]
        service.include_launch_description(launch.LaunchDescription([*watched, included]))
        service.run()
        return reasons

    return run
