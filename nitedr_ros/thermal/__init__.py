"""Thermal images of any depth, repaired, as steady 8-bit images, and whether they move at all.

How the 8-bit brightness follows the scene, in one paragraph: the range between two percentiles of
the image becomes black to white. It follows the scene with a first order lag (`smoothing_ms`), and
no value shown changes by more than `max_change_per_s` grey levels a second, so that something hot
that comes or goes doesn't change the rest of the picture. Only where the range doesn't fit the
scene any more does the lag alone rule until it fits again: where a fifth of the image lies beyond
the range, both its ends and the median have moved the same way by 15 % of it, or the scene has
used less than a third of it for `smoothing_ms`. A closed shutter leaves the range as it is. Time
is that of the stamps.
"""
