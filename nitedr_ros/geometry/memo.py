"""Keeping the last result as long as what it was made of stays the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from nitedr_ros.errors import CalibrationError

Made = TypeVar('Made')


class Memo(Generic[Made]):
    """The last result of something costly, or the CalibrationError that it ended in."""

    def __init__(self) -> None:
        self._key: object = None
        self._made: Made | None = None
        self._error = ''

    def get(self, key: object, make: Callable[[], Made]) -> Made:
        """Return what `make` returned for an equal key the last time, or make it.

        Raises CalibrationError where `make` does, without trying again for an equal key.
        """
        if key != self._key:
            self._made, self._error = None, ''
            try:
                self._made = make()
            except CalibrationError as error:
                self._error = str(error)
            self._key = key
        if self._made is None:
            raise CalibrationError(self._error)
        return self._made
