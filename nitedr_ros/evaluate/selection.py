"""Which files are evaluated together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nitedr_ros.errors import InputError
from nitedr_ros.evaluate.groups import Groups
from nitedr_ros.frames.image_folder import images_by_stem
from nitedr_ros.replay.still_restorer import StillPair
from nitedr_ros.replay.stills import find_pairs


@dataclass(frozen=True)
class EvaluationJob:
    """What is evaluated: folders of images of the same stems.

    target: the clean images; None to score the fusion alone; the visible folder itself for dry
    frames. limit: the first so many pairs by name; None for all.
    """

    visible: Path
    thermal: Path
    target: Path | None = None
    groups: Groups = field(default_factory=Groups)
    limit: int | None = None


@dataclass(frozen=True)
class Selected:
    """A pair to evaluate, its clean image where there is one, and its groups."""

    pair: StillPair
    target: Path | None
    groups: tuple[str, ...]


@dataclass(frozen=True)
class SelectedStills:
    """What is evaluated, at least one pair, and what the user should know of the rest."""

    job: EvaluationJob
    stills: list[Selected]
    notes: list[str]


def select_stills(job: EvaluationJob) -> SelectedStills:
    """Return the pairs of the same stem that take part, in order of their names.

    Raises InputError where a folder can't be read or nothing is left.
    """
    pairs, alone = find_pairs(job.visible, job.thermal)
    there = {pair.stem for pair in pairs}
    pairs = [pair for pair in pairs if job.groups.takes(pair.stem)]
    if not pairs:
        raise InputError(
            f'expected the list to name images in {job.visible} and '
            f'{job.thermal}, such as {min(there)}, none of it does'
        )
    missing: list[str] = []
    clean: dict[str, Path] = {}
    if job.target is not None:
        clean = images_by_stem(job.target)
        missing = [pair.stem for pair in pairs if pair.stem not in clean]
        pairs = [pair for pair in pairs if pair.stem in clean]
        if not pairs:
            raise InputError(
                f'expected clean images in {job.target} of the same stem as those in '
                f'{job.visible}, such as {missing[0]}, found none: '
                'leave --target out to score the fusion alone'
            )
    stills = [
        Selected(pair, clean.get(pair.stem), job.groups.of(pair.stem))
        for pair in pairs[: job.limit]
    ]
    unlisted = [] if job.groups.listed is None else sorted(job.groups.listed.keys() - there)
    ungrouped = [each.pair.stem for each in stills if not each.groups]
    told = (
        # A list chooses by itself among whatever there is.
        (
            [] if job.groups.listed is not None else alone,
            'images have no partner of the same stem',
        ),
        (missing, 'pairs have no clean image and are left out'),
        (unlisted, 'stems of the list have no pair of images'),
        (ungrouped if job.groups.patterns else [], 'images are in no group'),
    )
    notes = [f'{len(stems)} {what}, such as {stems[0]}' for stems, what in told if stems]
    return SelectedStills(job, stills, notes)
