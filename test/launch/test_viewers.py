"""What the RViz and Foxglove files show is what the node publishes or listens to."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from nitedr_ros.resources import config_folder

PACKAGE = Path(__file__).resolve().parents[2] / 'nitedr_ros'
INPUTS = {f'/{camera}/{name}' for camera in ('visible', 'thermal') for name in ('image_raw',)}


def texts(*modules: str) -> set[str]:
    """Return every text in the code of these modules, which import ROS and so can't be run."""
    trees = [ast.parse((PACKAGE / module).read_text()) for module in modules]
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


OUTPUTS = {
    text.replace('~', '/nitedr', 1) for text in texts('node/outputs.py') if text.startswith('~/')
}
TOPICS = {*INPUTS, *OUTPUTS, '/diagnostics'}


def values(tree: Any, key: str) -> Iterator[Any]:
    """Yield the values of a key anywhere in a tree."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree[key]
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from values(branch, key)


def leaves(layout: Any) -> set[str]:
    if isinstance(layout, str):
        return {layout}
    return leaves(layout['first']) | leaves(layout['second'])


def test_node_has_the_topics_of_the_documentation() -> None:
    assert len(OUTPUTS) >= 10
    described = (PACKAGE.parent / 'docs' / 'live.md').read_text()
    assert [topic for topic in OUTPUTS if topic.replace('/nitedr', '~', 1) not in described] == []


def test_rviz() -> None:
    tree = yaml.safe_load((config_folder() / 'nitedr.rviz').read_text())
    topics = list(values(tree, 'Topic'))
    shown = {topic['Value'] for topic in topics}
    assert shown <= TOPICS
    assert '/nitedr/fused/image' in shown
    # Best effort is served by publishers of either kind.
    assert {topic['Reliability Policy'] for topic in topics} == {'Best Effort'}


def test_foxglove() -> None:
    tree = json.loads((config_folder() / 'foxglove.json').read_text())
    assert leaves(tree['layout']) == set(tree['configById'])
    paths = [path['value'] for paths in values(tree, 'paths') for path in paths]
    topics = {
        *values(tree, 'imageTopic'),
        *values(tree, 'topicToRender'),
        *(path.partition('.')[0] for path in paths),
    }
    assert topics <= TOPICS
    keys = {key for path in paths for key in re.findall('key=="(.*)"', path)}
    assert len(keys) == len(paths)
    assert keys <= texts('node/outputs.py', 'pipeline/frame_status.py')
