"""Measure a model on the validation sets: the table of its card, as Markdown.

One set of weights for all rows, on images that are never trained on: RoadScene-rain, other rain,
dry frames, and the fused image beside three trivial fusions of the *clean* image. `--data` is the
folder that `nitedr train` reads; what is measured, how and by which formulas is `nitedr eval`'s.
Also: the mean difference of hue to the clean image, in degrees, where that has colour.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from nitedr_ros.config.load import load_config
from nitedr_ros.engines.registry import open_engine
from nitedr_ros.evaluate.evaluation import evaluate
from nitedr_ros.evaluate.groups import Groups
from nitedr_ros.evaluate.selection import EvaluationJob, SelectedStills, select_stills
from nitedr_ros.evaluate.tables import FUSIONS
from nitedr_ros.metrics.fusion import FUSION_MEASURES
from nitedr_ros.replay.still_restorer import StillRestorer
from nitedr_ros.training.scenes import MSRS_VALIDATION, OTHER_RAINS, VALIDATION_EVERY

COLOURED = 24
"""Chroma, levels, from which on a pixel of the clean image has a hue to speak of."""


def sets_of(data: Path) -> dict[str, EvaluationJob]:
    """Return what is evaluated, by name: the splits that no training sees."""
    road = data / 'roadscene-rain' / 'train'
    stems = sorted(path.stem for path in (road / 'Vis' / 'target').iterdir())[::VALIDATION_EVERY]
    recorded = Groups(listed=dict.fromkeys(stems, ()))
    night_and_day = Groups(listed=dict.fromkeys(MSRS_VALIDATION, ()))
    clean, thermal = road / 'Vis' / 'target', road / 'Inf' / 'input'
    msrs, other = data / 'msrs', data / 'other-rain'
    return {
        'RoadScene-rain': EvaluationJob(road / 'Vis' / 'input', thermal, clean, recorded),
        **{
            rain: EvaluationJob(other / 'visible' / rain, other / 'thermal', other / 'target')
            for rain in OTHER_RAINS
        },
        'RoadScene, dry': EvaluationJob(clean, thermal, clean, recorded),
        'msrs, dry': EvaluationJob(
            msrs / 'visible', msrs / 'thermal', msrs / 'visible', night_and_day
        ),
    }


def hue_difference(derained: np.ndarray, clean: np.ndarray) -> float:
    """Return the mean difference of hue, degrees, of uint8 [H, W, 3] RGB, where clean has one."""
    lab = [
        cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float64) for image in (derained, clean)
    ]
    (a, b), (clean_a, clean_b) = ((each[..., 1] - 128, each[..., 2] - 128) for each in lab)
    coloured = np.hypot(clean_a, clean_b) >= COLOURED
    if not coloured.any():
        return float('nan')
    turned = np.angle(np.exp(1j * (np.arctan2(b, a) - np.arctan2(clean_b, clean_a))), deg=True)
    return float(np.abs(turned[coloured]).mean())


def mean_hue(selection: SelectedStills, restorer: StillRestorer) -> float:
    """Return the mean of `hue_difference` over the images of a selection that have colour."""
    stills = (restorer.restore(each.pair, each.target) for each in selection.stills)
    differences = [
        hue_difference(still.derained, still.target)
        for still in stills
        if still.target is not None
    ]
    return float(np.nanmean(differences))


def table(results: dict[str, dict[str, Any]], hues: dict[str, float]) -> str:
    """Return the rows of a card."""
    lines = ['| | images | input | output | gain | hue |', '|---|---|---|---|---|---|']
    for name, each in results.items():
        rained = each['all']['deraining']
        if rained is None:
            continue
        before, after = rained['input'], rained['derained']
        lines.append(
            f'| {name} | {rained["images"]} | {before["psnr_y"]:.2f} dB | '
            f'{after["psnr_y"]:.2f} dB | {rained["gain_db"]:+.2f} dB | {hues[name]:.1f} degrees |'
        )
    lines += ['', '| dry frames, input against output | images | PSNR |', '|---|---|---|']
    for name, each in results.items():
        if (dry := each['all']['dry']) is not None:
            lines.append(f'| {name} | {dry["images"]} | {dry["derained"]["psnr_y"]:.2f} dB |')
    fusion = results['RoadScene-rain']['all']['fusion']
    measures = [measure.name for measure in FUSION_MEASURES]
    lines += ['', f'| fused, RoadScene-rain | {" | ".join(measures)} |']
    lines.append('|---' * (1 + len(measures)) + '|')
    rows = {**FUSIONS, 'fused': 'this model'}
    for key, title in rows.items():
        cells = (f'{fusion[key][name]:.3f}' for name in measures)
        lines.append(f'| {title} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='the image sets')
    parser.add_argument('--model', help='a registered model')
    parser.add_argument('--engine', default=None, help='as `nitedr eval` takes it')
    parser.add_argument('--precision', default=None)
    parser.add_argument('--models-folder', type=Path)
    parser.add_argument('--json', type=Path, help='gets all results')
    options = parser.parse_args(arguments)
    overrides = {
        'model': options.model,
        'engine.name': options.engine,
        'engine.precision': options.precision,
        'models_folder': options.models_folder and str(options.models_folder),
    }
    config = load_config(None, {name: value for name, value in overrides.items() if value})
    engine = open_engine(config).engine
    results: dict[str, dict[str, Any]] = {}
    hues: dict[str, float] = {}
    for name, job in sets_of(options.data).items():
        print(f'{name} ...', file=sys.stderr)
        selection = select_stills(job)
        results[name] = evaluate(selection, config, engine, []).results
        if not name.endswith('dry'):
            hues[name] = mean_hue(selection, StillRestorer(config, engine))
    info = results['RoadScene-rain']['engine']
    print(f'{info["model"]} {info["model_version"]}, {info["runtime"]}, {info["precision"]}\n')
    print(table(results, hues))
    if options.json is not None:
        options.json.write_text(json.dumps({'results': results, 'hue': hues}, indent=1))
    return 0


if __name__ == '__main__':
    sys.exit(main())
