"""Runs a model over pairs of still images and scores what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import FrameError, InputError
from nitedr_ros.evaluate.extremes import Ranking, rank
from nitedr_ros.evaluate.groups import ALL
from nitedr_ros.evaluate.image_scores import ImageScores, score_image
from nitedr_ros.evaluate.selection import EvaluationJob, Selected, SelectedStills
from nitedr_ros.evaluate.summary import rounded, summarise
from nitedr_ros.replay.report import versions
from nitedr_ros.replay.still_restorer import RestoredStill, StillRestorer

Results = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """An image that was scored, and how long inference took."""

    selected: Selected
    scores: ImageScores
    size: tuple[int, int]
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """The results as plain data, and the pictures of the images at both ends and in the middle."""

    results: Results
    pictured: dict[str, tuple[str, RestoredStill]]


def evaluate(
    selection: SelectedStills,
    config: Config,
    engine: Engine,
    notes: list[str],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Score all images of a selection.

    An image that can't be read, registered or compared is left out and noted; `notes` gets what
    the user should know. The engine prepares for each size before its time is taken. Raises
    InputError where no image can be scored.
    """
    notes += selection.notes
    # Three images are restored once more at the end, to keep none of the others in memory.
    restorer = StillRestorer(config, engine, warm_up=True)
    scored: list[Scored] = []
    skipped: list[str] = []
    for done, selected in enumerate(selection.stills, 1):
        try:
            still = restorer.restore(selected.pair, selected.target)
            size = (still.visible.shape[1], still.visible.shape[0])
            scored.append(Scored(selected, score_image(still), size, still.seconds))
        except (InputError, FrameError) as error:
            skipped.append(f'{selected.pair.stem}: {error}')
        on_progress(done, len(selection.stills))
    if not scored:
        raise InputError(f'none of {len(selection.stills)} images could be scored: {skipped[0]}')
    notes += [f'left out: {reason}' for reason in skipped]
    ranking = rank([each.scores for each in scored])
    results = _results(selection.job, config, engine, scored, ranking)
    results['latency'] = {'infer': restorer.clock.series['infer'].summary().as_dict()}
    results['notes'] = notes
    again = StillRestorer(config, engine)
    pictured = {
        place: (
            chosen.selected.pair.stem,
            again.restore(chosen.selected.pair, chosen.selected.target),
        )
        for place, chosen in ((place, scored[index]) for place, index in ranking.places.items())
    }
    return Evaluation(results, pictured)


def _results(
    job: EvaluationJob, config: Config, engine: Engine, scored: list[Scored], ranking: Ranking
) -> Results:
    grouped = {
        group: [each.scores for each in scored if group in each.selected.groups]
        for group in job.groups.names
    }
    return {
        'visible': str(job.visible),
        'thermal': str(job.thermal),
        'target': None if job.target is None else str(job.target),
        'engine': asdict(engine.info),
        'images': len(scored),
        ALL: summarise([each.scores for each in scored]),
        'groups': {group: summarise(images) for group, images in grouped.items() if images},
        'ranked_by': ranking.by,
        'pictured': {
            place: scored[index].selected.pair.stem for place, index in ranking.places.items()
        },
        'per_image': [_image(each) for each in scored],
        'versions': versions(),
        'config': config.model_dump(mode='json'),
    }


def _image(each: Scored) -> dict[str, Any]:
    scores = each.scores
    gain = scores.gain_db
    return {
        'stem': each.selected.pair.stem,
        'groups': list(each.selected.groups),
        'width': each.size[0],
        'height': each.size[1],
        'infer_ms': round(1e3 * each.seconds, 3),
        'dry': scores.dry,
        'input': rounded(scores.input),
        'derained': rounded(scores.derained),
        'gain_db': None if gain is None else round(gain, 5),
        'fusion': {name: rounded(fusion) for name, fusion in scores.fusion.items()},
    }
