"""A plan's manifest: written in one way, and read in no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nitedr_ros import __version__
from nitedr_ros.engines.plans.key import Gpu, PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest, Refusal, read_manifest
from nitedr_ros.errors import EngineError

PATH = Path('some.json')
Describe = Callable[[PlanKey, bytes], PlanManifest]
amounts = st.floats(0, 1e300)


@given(text=st.text(), amount=amounts, content=st.binary(min_size=1), data=st.data())
def test_is_read_as_it_was_written(
    key: PlanKey, text: str, amount: float, content: bytes, data: st.DataObject
) -> None:
    odd = PlanKey(text, text, text, Gpu(text, text, text), text, key.shapes, ((text, text),))
    manifest = PlanManifest.of(
        odd,
        content,
        build_seconds=data.draw(amounts),
        verdict=text,
        mean_difference=amount,
        tail_difference=data.draw(amounts),
        refused=(Refusal(precision=text, reason=text),),
    )
    read = read_manifest(manifest.to_bytes(), PATH)
    assert read == manifest
    assert isinstance(read.key, PlanKey)
    assert read.key.digest == odd.digest


def test_says_when_and_by_what_it_was_built(key: PlanKey, manifest_of: Describe) -> None:
    manifest = manifest_of(key, b'plan')
    assert manifest.nitedr == __version__
    assert abs((datetime.now(timezone.utc) - manifest.built_at).total_seconds()) < 60
    body = json.loads(manifest.to_bytes())['manifest']
    assert body['format'] == 1
    assert body['built_at'].endswith('Z')
    assert body['key']['gpu'] == {'name': 'Orin', 'compute_capability': '8.7', 'driver': '540.4.0'}
    assert body['plan_bytes'] == 4
    assert body['refused'] == [{'precision': 'int8', 'reason': 'differs by 3.00 grey levels'}]


def test_describes_its_plan_only(key: PlanKey, manifest_of: Describe) -> None:
    manifest = manifest_of(key, b'plan')
    assert manifest.describes(b'plan')
    assert not manifest.describes(b'plaN')
    assert not manifest.describes(b'plan ')
    assert not manifest.model_copy(update={'plan_bytes': 5}).describes(b'plan')


@pytest.mark.parametrize('number', [float('nan'), float('inf'), -0.1])
def test_takes_no_number_that_the_gate_can_not_have_given(key: PlanKey, number: float) -> None:
    with pytest.raises(ValidationError, match='mean_difference'):
        PlanManifest.of(
            key,
            b'plan',
            build_seconds=1,
            verdict='',
            mean_difference=number,
            tail_difference=1,
        )


@pytest.mark.parametrize(
    'change, reason',
    [
        (lambda text: b'', 'JSON'),
        (lambda text: text[:-20], 'JSON'),
        (lambda text: b'\xff' + text, 'JSON'),
        (lambda text: b'[' * 100_000, 'JSON'),
        (lambda text: b'[]', 'object'),
        (lambda text: b'{}', 'manifest'),
        (lambda text: text.replace(b'"format": 1', b'"format": 2'), 'manifest.format'),
        (lambda text: text.replace(b'"format": 1', b'"new": 0, "format": 2'), 'manifest.format'),
        (lambda text: text.replace(b'"format"', b'"colour": 1, "format"'), 'colour'),
        (lambda text: text.replace(b'"model"', b'"colour": 1, "model"'), 'colour|altered'),
        (lambda text: text.replace(b'"verdict"', b'"words"'), 'verdict'),
        (lambda text: text.replace(b'83.25', b'83.26'), 'altered'),
        (lambda text: text.replace(b'83.25', b'NaN'), 'build_seconds'),
        (lambda text: text.replace(b'540.4.0', b'540.4.1'), 'altered'),
        (lambda text: text + b'\n', 'altered'),
    ],
)
def test_what_is_no_manifest_is_refused_in_one_line(
    key: PlanKey, manifest_of: Describe, change: Callable[[bytes], bytes], reason: str
) -> None:
    text = manifest_of(key, b'plan').to_bytes()
    assert change(text) != text
    with pytest.raises(EngineError, match=reason) as caught:
        read_manifest(change(text), PATH)
    assert str(PATH) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_another_bit_anywhere_is_refused(key: PlanKey, manifest_of: Describe) -> None:
    text = manifest_of(key, b'plan').to_bytes()
    for bit in range(8 * len(text)):
        altered = bytearray(text)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EngineError):
            read_manifest(bytes(altered), PATH)


@given(st.binary())
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with pytest.raises(EngineError):
        read_manifest(content, PATH)
