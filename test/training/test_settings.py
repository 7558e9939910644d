"""A configuration says what is wrong with it in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('torch', reason='torch is not installed: training is not tested')

from nitedr_ros.errors import ConfigError
from nitedr_ros.training.settings import Target, load_training_config

CONFIGS = sorted((Path(__file__).parents[2] / 'config' / 'training').glob('*.yaml'))


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_load(path: Path) -> None:
    config = load_training_config(path)
    assert config.size == path.stem
    assert {'psnr', 'qabf', 'vif', 'mse', 'cc', 'dry_psnr'} <= set(config.targets)


def test_there_is_one_for_each_size() -> None:
    assert [path.stem for path in CONFIGS] == ['m', 'nano', 's', 'teacher']


def test_the_command_line_replaces_the_budget(tmp_path: Path) -> None:
    path = tmp_path / 'c.yaml'
    path.write_text('size: nano\nbudget: {minutes: 5}\n')
    budget = load_training_config(path, steps=7).budget
    assert (budget.steps, budget.minutes) == (7, None)


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('size: nano\n', 'budget: Field required'),
        ('size: nano\nbudget: {minutes: 1, steps: 2}\n', 'either minutes or steps'),
        ('size: nano\nbudget: {steps: 2}\nspeed: 3\n', 'speed: Extra inputs .* got 3'),
        ('size: nano\nbudget: {steps: 2}\npatches: {side: 100}\n', 'multiple of 16'),
        ('size: nano\nbudget: {steps: 2}\ntargets: {p: {least: 1}}\n', 'targets of psnr'),
        ('size: nano\nbudget: {steps: 2}\nclean: {rate: 0}\n', 'clean.rate: .* got 0'),
        ('- 1\n', 'names and values'),
        ('a: [\n', 'expected YAML'),
    ],
)
def test_errors_are_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / 'c.yaml'
    path.write_text(text)
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_training_config(path)
    assert '\n' not in str(caught.value)


def test_a_shortfall_is_counted_in_units_from_either_side() -> None:
    assert Target(least=37.0, unit=2.0).shortfall(34.0) == pytest.approx(1.5)
    assert Target(most=0.03, unit=0.01).shortfall(0.05) == pytest.approx(2.0)
    assert Target(least=37.0).shortfall(40.0) == 0
