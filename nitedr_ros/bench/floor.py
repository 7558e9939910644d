"""What a frame costs at least on a device: its bytes moved, its multiplications done."""

from __future__ import annotations

from dataclasses import dataclass

from nitedr_ros.bench.rates import Rates

BYTES_IN = 4
"""A pixel: red, green, blue, thermal."""
BYTES_OUT = 6
"""A pixel: red, green and blue of the fused and of the de-rained image."""


@dataclass(frozen=True)
class Floor:
    """Seconds that a frame takes at least; None where a rate or the count is not known.

    The three overlap in a pipeline, so that the longest is the floor.
    """

    copy_in: float | None
    copy_out: float | None
    compute: float | None

    @property
    def seconds(self) -> float | None:
        """The longest of the three; None unless all are known."""
        found = self._longest()
        return None if found is None else found[1]

    @property
    def limit(self) -> str | None:
        """Which of the three is the longest; None unless all are known."""
        found = self._longest()
        return None if found is None else found[0]

    def share(self, seconds: float) -> float | None:
        """Return how much of what is possible a frame of `seconds` reaches, 1 at the floor."""
        floor = self.seconds
        return None if floor is None or seconds <= 0 else floor / seconds

    def _longest(self) -> tuple[str, float] | None:
        if self.copy_in is None or self.copy_out is None or self.compute is None:
            return None
        parts = {'copy in': self.copy_in, 'copy out': self.copy_out, 'compute': self.compute}
        name = max(parts, key=lambda part: parts[part])
        return name, parts[name]


def floor_of(height: int, width: int, gmac: float | None, rates: Rates) -> Floor:
    """Return the floor for images of a size, pixels, with so many 1e9 multiply-accumulates."""
    pixels = height * width
    return Floor(
        _over(pixels * BYTES_IN, rates.copy_in),
        _over(pixels * BYTES_OUT, rates.copy_out),
        _over(None if gmac is None else gmac * 1e9, rates.multiply),
    )


def _over(amount: float | None, rate: float | None) -> float | None:
    return None if amount is None or not rate else amount / rate
