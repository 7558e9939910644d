"""Rounding in a graph, as the operations of OpenCV do that its nodes stand for."""

from __future__ import annotations

import numpy as np

from nitedr_ros.networks.graphs.added_nodes import AddedNodes


def halves_up(added: AddedNodes, values: str) -> str:
    """Round float32 values to whole numbers, as integer arithmetic of OpenCV does."""
    raised = added.add('Add', [values, _half(added)], f'{values}/raised')
    return added.add('Floor', [raised], f'{values}/whole')


def halves_down(added: AddedNodes, values: str) -> str:
    """Round float32 values to whole numbers, as OpenCV does where it divides by a little more."""
    lowered = added.add('Sub', [values, _half(added)], f'{values}/lowered')
    return added.add('Ceil', [lowered], f'{values}/whole')


def halves_to_even(added: AddedNodes, values: str) -> str:
    """Round float32 values to whole numbers, as OpenCV does with floating-point numbers."""
    return added.add('Round', [values], f'{values}/whole')


def clipped(added: AddedNodes, values: str) -> str:
    """Keep float32 values within those of a byte."""
    limits = [
        added.constant(f'camera/{name}', np.array(value, np.float32))
        for name, value in (('lowest', 0), ('highest', 255))
    ]
    return added.add('Clip', [values, *limits], f'{values}/clipped')


def _half(added: AddedNodes) -> str:
    return added.constant('camera/half', np.array(0.5, np.float32))
