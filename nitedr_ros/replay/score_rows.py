"""The scores as lines for people, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nitedr_ros.replay.score_deraining import SSIM_EVERY

Figures = dict[str, Any]

_SHOWN = {'visible': 'rainy', 'derained': 'de-rained', 'fused': 'fused'}


@dataclass(frozen=True)
class ScoreRow:
    """One figure, or a few that belong together: name, value with units, and what it means."""

    name: str
    value: str
    meaning: str


def score_rows(scores: Figures) -> list[ScoreRow]:
    """Return the lines for what `Scorer.scores` found; what was not compared is left out."""
    compared = f'{scores["outputs_with_truth"]} of {scores["outputs"]} outputs'
    problem = scores['problem']
    return [
        ScoreRow(
            'compared',
            compared if problem is None else f'{compared}; some were not: {problem}',
            'Outputs whose moment the bag tells the truth about.',
        ),
        *_pairing(scores['pairing']),
        *_registration(scores['registration']),
        *_deraining(scores['deraining']),
        *_flicker(scores['flicker'], scores['thermal_flicker']),
    ]


def _pairing(pairing: Figures | None) -> Iterator[ScoreRow]:
    if pairing is None:
        return
    yield ScoreRow(
        'true skew',
        _milliseconds(pairing['true_skew_ms']),
        'Time between the true exposures of the two frames of a pair, whatever their stamps say.',
    )
    yield ScoreRow(
        'best possible skew',
        f'{_milliseconds(pairing["best_possible_ms"])}; '
        f'{pairing["not_nearest"]} of {pairing["pairs"]} pairs were not the nearest',
        'With the thermal frame that is truly nearest, even where it arrived after the output '
        'was due.',
    )
    yield ScoreRow(
        'clock offset',
        f'{pairing["clock_offset_ms"]:.2f} ms, '
        f'{pairing["corrected_clock_offset_ms"]:.2f} ms after the configured offsets',
        'How far thermal stamps run ahead of visible ones of the same true moment. What the '
        'configured offsets leave should be 0: take it off pairing.thermal_offset_ms.',
    )


def _registration(registration: Figures | None) -> Iterator[ScoreRow]:
    if registration is None:
        return
    yield ScoreRow(
        'registration error',
        _pixels(registration['all']),
        'How far things in the registered thermal image lie from their true place, at corners of '
        'the thermal scene: geometry, parallax, and motion between the two exposures. Corners '
        'that were not found again are left out.',
    )
    in_step = registration['in_step']
    yield ScoreRow(
        f'same, skew up to {in_step["within_ms"]:g} ms',
        _pixels(in_step),
        'The same where hardly anything moved between the exposures: geometry and parallax. '
        'The measurement itself is good to about 0.1 pixels.',
    )
    left = registration['without_parallax']
    if left is not None:
        yield ScoreRow(
            'same, without parallax',
            f'median {left["median_px"]:.2f} px, p95 {left["p95_px"]:.2f} px '
            f'({left["points"]} corners)',
            'What is left when the parallax of the true depth at the corner is taken off: the '
            'error of the calibration, and of a measurement that mixes depths within 45 pixels.',
        )


def _deraining(deraining: Figures | None) -> Iterator[ScoreRow]:
    if deraining is None:
        return
    yield ScoreRow(
        'PSNR on luma',
        _named(deraining, lambda row: f'{row["psnr_db"]:.2f} dB'),
        'How near the images come to the scene without rain; more is better.',
    )
    if any(row['ssim'] is not None for row in deraining.values()):
        yield ScoreRow(
            'SSIM on luma',
            _named(deraining, lambda row: '-' if row['ssim'] is None else f'{row["ssim"]:.4f}'),
            'Structural similarity to the scene without rain, 1 is equality; measured on one of '
            f'{SSIM_EVERY} frames.',
        )


def _flicker(flicker: Figures | None, thermal: Figures | None) -> Iterator[ScoreRow]:
    if flicker is not None:
        yield ScoreRow(
            'flicker',
            _named(flicker, lambda row: f'{row["grey_levels"]:.2f}') + ' grey levels',
            'Mean change of luma from one output to the next that the true scene does not '
            'explain; less is better.',
        )
    if thermal is not None:
        yield ScoreRow(
            'thermal brightness',
            f'{thermal["grey_levels"]:.2f} grey levels, at most {thermal["largest"]:.2f}',
            'Change of the 8-bit thermal image as a whole from one thermal frame to the next '
            'that the true temperatures do not explain.',
        )


def _named(figures: Figures, shown: Callable[[Figures], str]) -> str:
    return ', '.join(f'{_SHOWN[name]} {shown(row)}' for name, row in figures.items())


def _milliseconds(figures: Figures) -> str:
    return f'mean {figures["mean"]:.2f} ms, max {figures["max"]:.2f} ms'


def _pixels(figures: Figures) -> str:
    if figures['median_px'] is None:
        return 'no frames' if not figures['frames'] else 'nothing found again'
    return (
        f'median {figures["median_px"]:.2f} px, p95 {figures["p95_px"]:.2f} px '
        f'({figures["frames"]} frames, {100 * figures["found"]:.0f} % of corners found)'
    )
