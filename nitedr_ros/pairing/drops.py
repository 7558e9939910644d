"""Why a frame was left out."""

from __future__ import annotations

from enum import Enum


class DropReason(str, Enum):
    """Why a frame reached no output; the values serve as labels in reports and diagnostics.

    no_partner: the other camera had no frame left for it.
    skew: the nearest frame of the other camera was further than max_skew_ms.
    late: it came after the frames it could have paired with had been decided without it.
    duplicate_stamp: same stamp as the frame before it from the same camera.
    out_of_order: older than the frame before it, by less than clock_jump_ms.
    superseded: a newer frame took its place before it served, or the queue was full.
    too_old: older than max_thermal_age_ms, or held when the thermal camera fell silent.
    unstamped: the stamp is zero or negative.
    """

    NO_PARTNER = 'no_partner'
    SKEW = 'skew'
    LATE = 'late'
    DUPLICATE_STAMP = 'duplicate_stamp'
    OUT_OF_ORDER = 'out_of_order'
    SUPERSEDED = 'superseded'
    TOO_OLD = 'too_old'
    UNSTAMPED = 'unstamped'
