"""Rain over a batch of clean frames, as the sensor of a moving car would take it at night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from nitedr_ros.training.rain.blur import enlarge
from nitedr_ros.training.rain.config import RainConfig
from nitedr_ros.training.rain.jpeg import Jpeg
from nitedr_ros.training.rain.kinds import DRY, PLAIN, KindDraw
from nitedr_ros.training.rain.lens import WetLens
from nitedr_ros.training.rain.lighting import COARSE, Lighting, headlamp_cone
from nitedr_ros.training.rain.parameters import ParameterDraw
from nitedr_ros.training.rain.sensor import draw_noise, expose
from nitedr_ros.training.rain.streak_layers import StreakLayers
from nitedr_ros.training.rain.veil import add_veil, depth_cue

MULTIPLE = 16
"""Height and width of a batch are multiples of this."""
_DARKEST = 1e-6
_MOST_COVER = 0.95
_CHANCES = ('night', 'noisy', 'noise_kept', 'compressed')
"""Shares of the camera that decide for each sample."""


class Rained(NamedTuple):
    """What a camera saw, and what it would have seen without rain.

    rainy, target: float32 [N, 3, H, W] in [0, 1]; equal in dry samples. kind: int64 [N], index
    of KINDS.
    """

    rainy: Tensor
    target: Tensor
    kind: Tensor


@dataclass(frozen=True)
class _Shot:
    """What was drawn for a batch: parameters and chances, [N, 1, 1, 1] or [N, 3, 1, 1] each."""

    kind: Tensor
    parts: dict[str, Tensor]
    drawn: dict[str, Tensor]
    gamma: Tensor
    chance: dict[str, Tensor]

    @property
    def plain(self) -> Tensor:
        """Which samples have the plain kind, bool [N, 1, 1, 1]."""
        return (self.kind == PLAIN)[:, None, None, None]


class RainModel:
    """Rain of one configuration; its textures are drawn from `seed`, on `device`.

    Frames and generators that it is given are on that device. Clean frames are float32
    [N, 3, H, W], RGB in [0, 1]; thermal ones [N, 1, H, W] in [0, 1], all zero where there is none:
    they only help to guess depth. H and W are multiples of MULTIPLE; ValueError otherwise.
    """

    def __init__(self, config: RainConfig, seed: int, device: torch.device | str = 'cpu') -> None:
        self.config = config
        device = torch.device(device)
        generator = torch.Generator(device).manual_seed(seed)
        self._kinds = KindDraw(config.kinds, device)
        wet = config.kinds.model_copy(update={'dry': 0.0})
        self._wet_kinds = KindDraw(wet, device)
        self._parameters = ParameterDraw(config, device)
        shares = [getattr(config.camera, name) for name in _CHANCES]
        self._shares = torch.tensor(shares, device=device)[None, :, None, None, None]
        self._streaks = StreakLayers(config.bank, generator)
        self._lens = WetLens(config.bank, generator)
        self._jpeg = Jpeg(device)

    @torch.no_grad()
    def rain(self, clean: Tensor, thermal: Tensor, generator: torch.Generator) -> Tensor:
        """Lay rain of every kind but dry over frames; return [N, 3, H, W] in [0, 1].

        The frames themselves are what a network is to give back.
        """
        _check(clean, thermal)
        shot = self._shoot(self._wet_kinds, len(clean), generator)
        light = clean.clamp(_DARKEST, 1) ** shot.gamma
        white = torch.ones_like(shot.gamma)
        seen = self._seen(light, white, thermal, shot, generator)
        return self._taken(seen, draw_noise(seen, shot.drawn['grain'], generator), shot)

    @torch.no_grad()
    def pairs(self, clean: Tensor, thermal: Tensor, generator: torch.Generator) -> Rained:
        """Make frames darker and their colours warmer or colder, and lay rain over some.

        Dry samples have noise and compression in the target, too, so that a network isn't taught
        to change dry frames.
        """
        _check(clean, thermal)
        shot = self._shoot(self._kinds, len(clean), generator)
        light, white = _darken(clean, shot)
        seen = self._seen(light, white, thermal, shot, generator)
        noise = draw_noise(seen, shot.drawn['grain'], generator)
        rainy = self._taken(seen, noise, shot)
        read, shots = (shot.drawn[k] * shot.chance['noisy'] for k in ('read', 'shot'))
        kept = shot.chance['noise_kept']
        target = _display(expose(light, noise, read * kept, shots * kept), shot.gamma)
        dry = (shot.kind == DRY)[:, None, None, None]
        return Rained(rainy, torch.where(dry, rainy, target), shot.kind)

    def _shoot(self, kinds: KindDraw, count: int, generator: torch.Generator) -> _Shot:
        kind = kinds.kinds(count, generator)
        parts = kinds.parts(kind, generator)
        drawn = self._parameters.draw(count, generator)
        size = (count, len(_CHANCES), 1, 1, 1)
        chance = torch.rand(size, generator=generator, device=generator.device) < self._shares
        # The plain kind is blended in display values, as the data sets do that have it.
        gamma = torch.where((kind == PLAIN)[:, None, None, None], 1.0, drawn['gamma'])
        named = dict(zip(_CHANCES, chance.unbind(1), strict=True))
        return _Shot(kind, parts, drawn, gamma, named)

    def _seen(
        self,
        light: Tensor,
        white: Tensor,
        thermal: Tensor,
        shot: _Shot,
        generator: torch.Generator,
    ) -> Tensor:
        """Return linear light [N, 3, H, W] behind rain and lens; `white` is a saturated pixel."""
        scene = Lighting.of(light, shot.drawn['lamp_boost'], white)
        far = depth_cue(thermal, shot.drawn, generator)
        seen = add_veil(light, scene, far, shot.parts, shot.drawn)
        seen = self._add_streaks(seen, scene, shot, generator)
        return self._lens.look(seen, shot.parts, shot.drawn, generator)

    def _taken(self, seen: Tensor, noise: Tensor, shot: _Shot) -> Tensor:
        """Return what comes out of the camera, [N, 3, H, W] in [0, 1], in steps of 1 / 255."""
        noisy = shot.chance['noisy']
        read, shots = shot.drawn['read'] * noisy, shot.drawn['shot'] * noisy
        image = _display(expose(seen, noise, read, shots), shot.gamma)
        packed = self._jpeg.compress(image, shot.drawn['quality'])
        image = torch.where(shot.chance['compressed'], packed, image)
        return (image * 255).round() / 255

    def _add_streaks(
        self, seen: Tensor, scene: Lighting, shot: _Shot, generator: torch.Generator
    ) -> Tensor:
        """Blend streaks over linear light [N, 3, H, W]."""
        count, _, height, width = seen.shape
        drawn, plain = shot.drawn, shot.plain
        layers = self._streaks.fall(drawn, plain, (height, width), generator)
        strength = torch.cat(
            [
                torch.where(plain, drawn['plain'], drawn[name]) * shot.parts[name]
                for name in ('far', 'middle', 'near')
            ],
            dim=1,
        )
        cover = (layers * strength).sum(1, keepdim=True).clamp_max(_MOST_COVER)
        cone = headlamp_cone(count, (height // COARSE, width // COARSE), generator)
        light = drawn['ambient'] * scene.mean + drawn['lit_near'] * scene.near
        light = light + drawn['lit_wide'] * scene.wide + drawn['headlamp'] * cone
        light = torch.where(plain, drawn['plain_level'], light) * drawn['tint']
        return torch.lerp(seen, enlarge(light, (height, width)), cover)


def _darken(clean: Tensor, shot: _Shot) -> tuple[Tensor, Tensor]:
    """Return linear light [N, 3, H, W] of the dry scene, and what white has become."""
    gamma, night, drawn = shot.gamma, shot.chance['night'], shot.drawn
    exponent = gamma * torch.where(night, drawn['night_contrast'], 1.0)
    gain = torch.where(night, drawn['night_gain'] ** (gamma / 2.2), 1.0)
    colours = drawn['cast'] / drawn['cast'].mean(dim=1, keepdim=True)
    light = clean.clamp(_DARKEST, 1) ** exponent * (gain * colours ** (gamma / 2.2))
    return light.clamp_max(1), gain


def _display(light: Tensor, gamma: Tensor) -> Tensor:
    """Return linear light as display values; both in [0, 1]."""
    return light.clamp(0, 1) ** (1 / gamma)


def _check(clean: Tensor, thermal: Tensor) -> None:
    count, channels, height, width = clean.shape
    if channels != 3 or height % MULTIPLE or width % MULTIPLE:
        raise ValueError(
            f'expected clean frames [N, 3, H, W], H and W multiples of {MULTIPLE}, '
            f'got {list(clean.shape)}'
        )
    if thermal.shape != (count, 1, height, width):
        raise ValueError(
            f'expected thermal frames {[count, 1, height, width]}, got {list(thermal.shape)}'
        )
