"""Errors that a user can act on: one line each, of what was expected, what came, what to do."""

from __future__ import annotations


class NitedrError(Exception):
    """Base of all errors meant for the user; the command line ends with `exit_code`."""

    exit_code = 1


class InputError(NitedrError):
    """The input can't be used: a bag, topic, image or folder missing, broken or unclear."""

    exit_code = 3


class ConfigError(NitedrError):
    """The configuration can't be used: an unknown key or a value out of range."""

    exit_code = 4


class OutputError(NitedrError):
    """The output can't be written: it exists already, or the disk refuses."""

    exit_code = 5


class EngineError(NitedrError):
    """No engine can run: a model or runtime is missing, altered or gives wrong numbers."""

    exit_code = 6


class EngineBusyError(EngineError):
    """The engine is being prepared: it has nothing for this frame, and will have for others."""


class PlanFolderError(EngineError):
    """A folder can't be used to keep plans; what is built serves all the same."""


class FrameError(NitedrError):
    """One frame can't be decoded; the caller drops and counts it and goes on."""


class CalibrationError(NitedrError):
    """A camera's calibration can't be used: zero, contradictory, or of an unknown lens."""

    exit_code = 7
