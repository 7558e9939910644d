"""Finds out which topics of a bag are the visible and the thermal camera."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nitedr_ros.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nitedr_ros.bags.reader import TopicInfo

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED_IMAGE = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'

# Parts of names and how clearly they tell. Short ones must be a whole word: 'ir' is in 'first'.
# 'infra' is weak, as some depth cameras call their near-infrared pair so; 'left' is weak too.
_THERMAL_PARTS = {'thermal': 3, 'lwir': 3, 'flir': 3, 'boson': 3, 'lepton': 3, 'infra': 2}
_THERMAL_WORDS = {'therm': 3, 'tir': 3, 'mwir': 3, 'ir': 2}
_VISIBLE_PARTS = {'visible': 3, 'rgb': 3, 'colour': 3, 'color': 3, 'webcam': 2, 'left': 1}
_VISIBLE_WORDS = {'vis': 3, 'visual': 3, 'eo': 3, 'mono': 1}
# Images that are not what a camera saw.
_OTHER_PARTS = (
    'depth',
    'disparity',
    'mask',
    'segment',
    'debug',
    'overlay',
    'fused',
    'derained',
    'truth',
)


@dataclass(frozen=True)
class CameraTopics:
    """Names of the image topics and of the camera_info topics beside them; None where missing."""

    visible: str | None
    thermal: str | None
    visible_info: str | None = None
    thermal_info: str | None = None


def find_topics(
    topics: Sequence[TopicInfo], visible: str | None = None, thermal: str | None = None
) -> CameraTopics:
    """Return the topics named, and find those that are not by their type and name.

    Of a camera that records both, the raw topic is taken, not its compressed sibling; of several
    images in one namespace the one called image_raw. A bag of one camera gives None for the other.
    Raises InputError where a named topic does not serve, where there are no images, and where the
    names leave it open which topic is meant.
    """
    for name, option in ((visible, '--visible'), (thermal, '--thermal')):
        if name is not None:
            _check(topics, name, option)
    if visible is not None and visible == thermal:
        raise InputError(
            f'--visible and --thermal: expected two topics, got {visible} twice: '
            f'choose from {_listing(topics)}'
        )
    candidates = [t for t in _cameras(topics) if t not in {visible, thermal}]
    if not candidates and visible is None and thermal is None:
        raise InputError(
            f'expected images ({IMAGE} or CompressedImage), the bag has none with messages '
            'that a camera took: name a bag with camera topics'
        )
    scores = {name: _score(name) for name in candidates}
    warm = [name for name in candidates if scores[name] > 0]
    plain = [name for name in candidates if scores[name] < 0]
    unclear = [name for name in candidates if scores[name] == 0]
    if thermal is None:
        if visible is None and plain and unclear and not warm:
            raise _ambiguous('thermal', unclear)
        thermal = _best('thermal', warm, scores)
    if visible is None:
        visible = _best('visible', plain or unclear, {n: -s for n, s in scores.items()})
    return CameraTopics(visible, thermal, _info(topics, visible), _info(topics, thermal))


def _check(topics: Sequence[TopicInfo], name: str, option: str) -> None:
    found = [topic for topic in topics if topic.name == name]
    if not found:
        problem = 'the bag has no such topic'
    elif not any(_is_image(topic) for topic in found):
        problem = f'that is {found[0].msgtype or "of unknown type"}, not an image'
    elif not any(topic.count for topic in found):
        problem = 'that has no messages'
    else:
        return
    raise InputError(
        f'{option} {name}: expected an image topic, but {problem}: choose from {_listing(topics)}'
    )


def _cameras(topics: Sequence[TopicInfo]) -> list[str]:
    """Return the image topics that cameras fill, one form of each."""
    images = {t.name: t for t in topics if _is_image(t) and t.count and not _is_other(t.name)}
    return [
        name
        for name in images
        if not (name.endswith('/compressed') and name.removesuffix('/compressed') in images)
    ]


def _best(role: str, names: Collection[str], scores: dict[str, int]) -> str | None:
    if not names:
        return None
    top = max(scores[name] for name in names)
    best = [name for name in names if scores[name] == top]
    if len(best) > 1 and len({_namespace(name) for name in best}) == 1:
        raw = [name for name in best if _base(name).endswith('/image_raw')]
        best = raw or best
    if len(best) > 1:
        raise _ambiguous(role, best)
    return best[0]


def _ambiguous(role: str, names: Collection[str]) -> InputError:
    return InputError(
        f'expected one {role} camera, found several that could be it or none that says so: '
        f'name the topics with --visible and --thermal, candidates are {", ".join(sorted(names))}'
    )


def _score(topic: str) -> int:
    """Return how clearly the name says thermal (above 0) or visible (below 0)."""
    words = set(re.findall(r'[a-z]+', re.sub(r'([a-z])([A-Z])', r'\1 \2', topic).lower()))
    name = topic.lower()
    warm = [n for part, n in _THERMAL_PARTS.items() if part in name]
    warm += [n for word, n in _THERMAL_WORDS.items() if word in words]
    plain = [n for part, n in _VISIBLE_PARTS.items() if part in name]
    plain += [n for word, n in _VISIBLE_WORDS.items() if word in words]
    return max(warm, default=0) - max(plain, default=0)


def _info(topics: Sequence[TopicInfo], image: str | None) -> str | None:
    """Return the camera_info topic beside an image topic (REP-104 naming)."""
    if image is None:
        return None
    known = {topic.name for topic in topics if topic.msgtype == CAMERA_INFO and topic.count}
    beside = (f'{_namespace(image)}/camera_info', f'{_base(image)}/camera_info')
    return next((name for name in beside if name in known), None)


def _base(image: str) -> str:
    return image.removesuffix('/compressed')


def _namespace(image: str) -> str:
    return _base(image).rpartition('/')[0]


def _is_image(topic: TopicInfo) -> bool:
    return topic.msgtype in {IMAGE, COMPRESSED_IMAGE}


def _is_other(name: str) -> bool:
    return any(part in name.lower() for part in _OTHER_PARTS)


def _listing(topics: Sequence[TopicInfo]) -> str:
    return ', '.join(t.name for t in topics if _is_image(t)) or 'another bag: this has no images'
