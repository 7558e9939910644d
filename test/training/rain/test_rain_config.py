"""What a configuration of rain may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

torch = pytest.importorskip('torch', reason='torch is not installed: simulated rain is not tested')

from nitedr_ros.training.rain import KINDS, RainConfig  # noqa: E402
from nitedr_ros.training.rain.parameters import ParameterDraw  # noqa: E402


def test_every_kind_has_a_share() -> None:
    assert set(RainConfig().kinds.model_dump()) == set(KINDS)


def test_ranges_come_from_lists_as_yaml_has_them() -> None:
    config = RainConfig.model_validate({'veil': {'depth': [0.1, 0.2]}})
    assert config.veil.depth == (0.1, 0.2)


@pytest.mark.parametrize(
    'values, message',
    [
        ({'veil': {'depth': [0.2, 0.1]}}, 'lower end first'),
        ({'veil': {'depth': [0.0, 0.1]}}, 'lower end above 0'),
        ({'veil': {'deepness': [0.1, 0.2]}}, 'Extra inputs'),
        ({'kinds': dict.fromkeys(KINDS, 0.0) | {'dry': 1.0}}, 'some kind of rain'),
        ({'kinds': {'dry': -1.0}}, 'greater than or equal'),
    ],
)
def test_what_makes_no_rain_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RainConfig.model_validate(values)


def test_parameters_fill_their_ranges() -> None:
    config = RainConfig()
    draw = ParameterDraw(config, torch.device('cpu'))
    drawn = draw.draw(4000, torch.Generator().manual_seed(0))
    for section in ('motion', 'streaks', 'veil', 'glare', 'lens', 'camera'):
        for name, value in getattr(config, section).model_dump().items():
            if not isinstance(value, tuple):
                continue
            low, high = value
            margin = 1e-4 * max(abs(low), abs(high))
            assert low - margin <= drawn[name].min() < drawn[name].max() <= high + margin, name
    # A logarithmic range has half of its values below the geometric mean.
    low, high = config.veil.depth
    assert float((drawn['depth'] < (low * high) ** 0.5).float().mean()) == pytest.approx(
        0.5, abs=0.03
    )
    assert drawn['cast'].shape == (4000, 3, 1, 1)
