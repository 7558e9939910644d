"""Which images are evaluated, and the groups whose means are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from nitedr_ros.errors import InputError
from nitedr_ros.frames.image_file import SUFFIXES

ALL = 'all'
"""The name of the mean over all images; no group has it."""


@dataclass(frozen=True)
class Groups:
    """Groups of images by stem; an image may be in several, or in none.

    listed: the groups of each stem where a list says them; no other image then takes part.
    patterns: pairs of a group and a pattern that the stems of its images match.
    """

    listed: Mapping[str, tuple[str, ...]] | None = None
    patterns: Sequence[tuple[str, str]] = ()

    @classmethod
    def from_file(cls, path: Path) -> Groups:
        """Read lines `STEM GROUP`, or `STEM` alone; `#` starts a comment.

        A stem on several lines is in several groups. Raises InputError.
        """
        try:
            text = path.read_text('utf-8')
        except OSError as error:
            raise InputError(f'expected a list of images in {path}: {error.strerror}') from None
        except UnicodeDecodeError:
            raise InputError(f'expected a list of images in {path}, it is no text') from None
        listed: dict[str, tuple[str, ...]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.partition('#')[0].split()
            if not words:
                continue
            if len(words) > 2:
                raise InputError(
                    f'{path}, line {number}: expected a stem and a group, got {len(words)} words'
                )
            name = Path(words[0])
            stem = name.stem if name.suffix.lower() in SUFFIXES else words[0]
            named = [_allowed(group, f'{path}, line {number}') for group in words[1:]]
            listed[stem] = tuple(dict.fromkeys((*listed.get(stem, ()), *named)))
        if not listed:
            raise InputError(f'expected lines `STEM GROUP` in {path}, found none')
        return cls(listed)

    @classmethod
    def from_patterns(cls, texts: Iterable[str]) -> Groups:
        """Read `NAME=GLOB` of each group, such as night=*N. Raises InputError."""
        patterns = []
        for text in texts:
            name, equals, pattern = text.partition('=')
            if not (name and equals and pattern):
                raise InputError(f'expected a group as NAME=GLOB, such as night=*N, got {text!r}')
            patterns.append((_allowed(name, 'group'), pattern))
        return cls(patterns=tuple(patterns))

    @property
    def names(self) -> tuple[str, ...]:
        """The groups in the order in which they were named."""
        if self.listed is None:
            return tuple(dict.fromkeys(name for name, _ in self.patterns))
        return tuple(dict.fromkeys(name for named in self.listed.values() for name in named))

    def takes(self, stem: str) -> bool:
        """Tell whether an image takes part."""
        return self.listed is None or stem in self.listed

    def of(self, stem: str) -> tuple[str, ...]:
        """Return the groups that an image is in."""
        if self.listed is not None:
            return self.listed.get(stem, ())
        matching = (name for name, pattern in self.patterns if fnmatchcase(stem, pattern))
        return tuple(dict.fromkeys(matching))


def _allowed(group: str, where: str) -> str:
    if group == ALL:
        raise InputError(f'{where}: expected another name than {ALL}, which is that of all images')
    return group
