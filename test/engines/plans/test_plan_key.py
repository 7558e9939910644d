"""A plan's key: each field counts, and the same key is the same anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nitedr_ros.engines.plans.key import Gpu, PlanKey

texts = st.text(max_size=8)
shapes = st.lists(st.tuples(texts, st.lists(st.integers(1), max_size=4).map(tuple)), max_size=3)
with_visible = st.tuples(shapes, st.tuples(*[st.integers(1, 9999)] * 4)).map(
    lambda made: (*(item for item in made[0] if item[0] != 'visible'), ('visible', made[1]))
)
VALUES = {
    'model': texts,
    'onnx_sha256': texts,
    'tensorrt': texts,
    'gpu': st.builds(Gpu, texts, texts, texts),
    'precision': texts,
    'shapes': with_visible,
    'options': st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
}
keys = st.builds(PlanKey, **VALUES)


def test_the_properties_below_cover_all_fields() -> None:
    assert set(VALUES) == {field.name for field in fields(PlanKey)}


@pytest.mark.parametrize('name', VALUES)
@given(key=keys, data=st.data())
def test_each_field_changes_digest_and_stem(name: str, key: PlanKey, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    assume(value != getattr(key, name))
    other = replace(key, **{name: value})
    assert other.digest != key.digest
    assert other.stem != key.stem
    told = key.differences(other)
    assert told
    assert all(line.startswith(name) for line in told)
    assert '\n' not in ''.join(told)


@pytest.mark.parametrize('name', [field.name for field in fields(Gpu)])
@given(key=keys, value=texts)
def test_each_field_of_the_gpu_changes_the_digest(name: str, key: PlanKey, value: str) -> None:
    assume(value != getattr(key.gpu, name))
    other = replace(key, gpu=replace(key.gpu, **{name: value}))
    assert other.digest != key.digest
    assert [line.startswith(f'gpu {name} ') for line in key.differences(other)] == [True]


@given(keys, keys)
def test_equal_keys_and_no_others_have_one_digest(key: PlanKey, other: PlanKey) -> None:
    assert (key.digest == other.digest) == (key == other) == (key.differences(other) == [])
    assert replace(key).digest == key.digest


@given(keys)
def test_a_file_can_be_called_by_the_stem_whatever_the_model_is_called(key: PlanKey) -> None:
    height, width = dict(key.shapes)['visible'][1:3]
    assert re.fullmatch(r'[A-Za-z0-9_][A-Za-z0-9_-]*', key.stem)
    assert key.stem.endswith(f'-{height}x{width}-{key.digest[:16]}')
    assert len(key.stem) < 150


def test_the_digest_is_that_of_earlier_versions(key: PlanKey) -> None:
    assert key.digest == 'fdad08e168803a6bf8b0c81198c01f9881b8cab002d3e48f7c7cf9ca6f981f64'
    assert key.stem == f'nitedr-s-fp16-480x640-{key.digest[:16]}'


def test_the_digest_is_the_same_in_another_process(
    key: PlanKey, program: Callable[..., object]
) -> None:
    assert program('print(KEY.digest)').communicate()[0].split() == [key.digest]


def test_a_difference_shows_old_and_new(key: PlanKey) -> None:
    other = replace(key, gpu=replace(key.gpu, driver='560.1'), tensorrt='10.7.0')
    assert key.differences(other) == [
        "tensorrt '10.3.0', now '10.7.0'",
        "gpu driver '540.4.0', now '560.1'",
    ]
