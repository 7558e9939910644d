"""The fakes have what the tables of the published API have, and nothing else."""

from __future__ import annotations

import copy
from types import ModuleType
from typing import Any

import pytest
from fakes.fake_cuda import make_cuda_runtime
from fakes.fake_tensorrt import IMPLEMENTATIONS, VERSIONS, make_tensorrt
from fakes.published import FOLDER, Overloads, Signature, read_table
from fakes.pybind import publish

MAJORS = (12, 13)
REMOVED = [
    (version, name)
    for version in VERSIONS
    for key, names in read_table(f'tensorrt-{version}').items()
    if key.startswith('removed_since')
    for name in names
]


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith('_')}


def has(thing: Any, dotted: str) -> bool:
    first, _, rest = dotted.partition('.')
    found = hasattr(thing, first)
    return found and (not rest or has(getattr(thing, first), rest))


def listed(published: dict[str, Any]) -> set[str]:
    names = {*published['methods'], *published['properties']}
    return {name for name in names if not name.startswith('_')}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(version: str) -> dict[str, Any]:
    return read_table(f'tensorrt-{version}')


@pytest.fixture
def trt(version: str) -> ModuleType:
    return make_tensorrt(version)


@pytest.mark.parametrize('name', [f'tensorrt-{one}' for one in VERSIONS] + ['cuda-12', 'cuda-13'])
def test_every_table_has_a_fake_and_names_its_sources(name: str) -> None:
    table = read_table(name)
    assert 'PyPI' in table['how']
    for section in ('classes', 'functions'):
        for one, published in table.get(section, {}).items():
            assert name.startswith('cuda') or ' python/' in published['source'], one
    assert {path.stem for path in FOLDER.glob('*.json')} == {
        *(f'tensorrt-{version}' for version in VERSIONS),
        *(f'cuda-{major}' for major in MAJORS),
    }


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r'cuda-12.*got tensorrt-9'):
        make_tensorrt('9')


def test_the_module_has_the_published_names(trt: ModuleType, table: dict[str, Any]) -> None:
    nested = {name for name, enum in table['enums'].items() if 'within' in enum}
    expected = {
        *table['functions'],
        *table['constants'],
        *table['classes'],
        *(set(table['enums']) - nested),
    }
    assert public(trt) == expected
    assert trt.__version__ == table['version']


def test_classes_have_the_published_members(trt: ModuleType, table: dict[str, Any]) -> None:
    severities = {'Severity', *table['enums']['Severity']['members']}
    for name, published in table['classes'].items():
        expected = listed(published)
        if name in table['enums']['Severity']['within']:
            expected |= severities
        assert public(getattr(trt, name)) == expected, name


def test_enums_have_the_published_members(trt: ModuleType, table: dict[str, Any]) -> None:
    for name, published in table['enums'].items():
        enum = getattr(trt.ILogger if 'within' in published else trt, name)
        members = {member: int(value) for member, value in enum.__members__.items()}
        assert members == published['members']
        assert all(getattr(enum, member) == value for member, value in enum.__members__.items())


def test_every_method_refuses_arguments_that_are_not_published(
    trt: ModuleType, table: dict[str, Any]
) -> None:
    for name, published in table['classes'].items():
        for method in published['methods']:
            cls = getattr(trt, name)
            made = cls.__new__(cls)
            made._begun = True
            function = getattr(cls, method)
            with pytest.raises(TypeError, match='incompatible function arguments'):
                function(made, *[object()] * 9)
            with pytest.raises(TypeError, match='incompatible function arguments'):
                function(made, nobody=object())


def test_properties_are_as_writable_as_published(trt: ModuleType, table: dict[str, Any]) -> None:
    for name, published in table['classes'].items():
        for member, text in published['properties'].items():
            found = getattr(trt, name).__dict__[member]
            access = text.partition(' ')[0]
            assert (found.fget is not None) == ('r' in access), f'{name}.{member}'
            if name != 'IHostMemory':
                assert (found.fset is not None) == ('w' in access), f'{name}.{member}'


def test_classes_without_a_published_constructor_have_none(
    trt: ModuleType, table: dict[str, Any]
) -> None:
    without = {
        name
        for name, published in table['classes'].items()
        if '__init__' not in published['methods'] and name != 'IHostMemory'
    }
    assert without == {
        'IBuilderConfig',
        'ICudaEngine',
        'IExecutionContext',
        'ILayer',
        'INetworkDefinition',
        'IOptimizationProfile',
        'ITensor',
        'ITimingCache',
        'ParserError',
    }
    for name in without:
        with pytest.raises(TypeError, match='No constructor defined'):
            getattr(trt, name)()


@pytest.mark.parametrize('version, name', REMOVED)
def test_what_was_removed_is_gone(version: str, name: str) -> None:
    assert not has(make_tensorrt(version), name)


@pytest.mark.parametrize(
    'name, there',
    [
        ('NetworkDefinitionCreationFlag.EXPLICIT_BATCH', ['8.6', '10.3', '10.16']),
        ('NetworkDefinitionCreationFlag.STRONGLY_TYPED', ['10.3', '10.16', '11.0']),
        ('BuilderFlag.FP16', ['8.6', '10.3', '10.16']),
        ('BuilderFlag.BF16', ['10.3', '10.16']),
        ('BuilderFlag.TF32', ['8.6', '10.3', '10.16', '11.0']),
        ('IProgressMonitor', ['10.3', '10.16', '11.0']),
        ('Builder.platform_has_fast_fp16', ['8.6', '10.3', '10.16']),
        ('ICudaEngine.device_memory_size', ['8.6', '10.3', '10.16']),
        ('ICudaEngine.device_memory_size_v2', ['10.3', '10.16', '11.0']),
        ('ILayer.precision', ['8.6', '10.3', '10.16']),
    ],
)
def test_which_version_has_what(name: str, there: list[str]) -> None:
    assert [version for version in VERSIONS if has(make_tensorrt(version), name)] == there


def test_a_published_name_without_a_fake_is_an_error(
    trt: ModuleType, table: dict[str, Any]
) -> None:
    published = copy.deepcopy(table['classes']['Builder'])
    published['methods']['build_everything'] = ['() -> None']
    with pytest.raises(NotImplementedError, match='build_everything'):
        publish(trt, 'Builder', published, IMPLEMENTATIONS['Builder'], (object,))


def test_a_fake_member_that_is_not_published_is_left_out(
    trt: ModuleType, table: dict[str, Any]
) -> None:
    published = copy.deepcopy(table['classes']['Builder'])
    del published['methods']['create_network']
    builder = publish(trt, 'Builder', published, IMPLEMENTATIONS['Builder'], (object,))
    assert public(trt.Builder) - public(builder) == {'create_network'}


def test_signatures_bind_by_place_by_name_and_by_default() -> None:
    signature = Signature('(name: str, size: int = 3, kind: Kind = Kind.FAST) -> bool')
    looked_up = {'Kind.FAST': 'fast'}.__getitem__

    def bind(*arguments: Any, **named: Any) -> list[Any]:
        return signature.bind(arguments, named, lambda wanted, value: (wanted, value), looked_up)

    assert bind('a') == [('str', 'a'), 3, 'fast']
    assert bind('a', kind=1) == [('str', 'a'), 3, ('Kind', 1)]
    for arguments, named in [((), {}), (('a', 1, 2, 3), {}), (('a',), {'name': 'b'})]:
        with pytest.raises(TypeError):
            bind(*arguments, **named)


def test_the_first_overload_that_fits_is_taken() -> None:
    overloads = Overloads('f', ['(size: int) -> int', '(name: str) -> str'])

    def accept(wanted: str, value: Any) -> str:
        if type(value).__name__ != wanted:
            raise TypeError(wanted)
        return wanted

    assert overloads.bind((1,), {}, accept, str) == ['int']
    assert overloads.bind(('a',), {}, accept, str) == ['str']
    with pytest.raises(TypeError, match=r'1\. f\(size: int\) -> int\n.*\n\nInvoked with: 1\.5'):
        overloads.bind((1.5,), {}, accept, str)


@pytest.mark.parametrize('major', MAJORS)
def test_the_runtime_has_the_published_names(major: int) -> None:
    table, runtime = read_table(f'cuda-{major}'), make_cuda_runtime(major)
    assert public(runtime) == {
        *table['functions'],
        *table['enums'],
        *table['constants'],
        *table['handles'],
        'cudaDeviceProp',
    }
    assert public(runtime.cudaDeviceProp) == set(table['device_properties'])
    for name, members in table['enums'].items():
        assert {member.name: int(member) for member in getattr(runtime, name)} == members


@pytest.mark.parametrize('major', MAJORS)
def test_functions_of_the_runtime_take_what_is_published(major: int) -> None:
    table, runtime = read_table(f'cuda-{major}'), make_cuda_runtime(major)
    for name, published in table['functions'].items():
        count = len(Signature(published['signature']).parameters)
        function = getattr(runtime, name)
        with pytest.raises(TypeError, match='takes exactly'):
            function(*[0] * (count + 1))
        if count:
            with pytest.raises(TypeError, match='missing'):
                function(*[0] * (count - 1))


@pytest.mark.parametrize('major', MAJORS)
def test_functions_of_the_runtime_return_none_for_each_result_that_fails(major: int) -> None:
    table, runtime = read_table(f'cuda-{major}'), make_cuda_runtime(major)
    invalid = runtime.cudaError_t.cudaErrorUnknown
    for name, published in table['functions'].items():
        if 'Error' in name:
            continue
        runtime._fake.fail(name, 'cudaErrorUnknown')
        parameters = Signature(published['signature']).parameters
        arguments = [
            next(iter(getattr(runtime, one.type))) if one.type in table['enums'] else 0
            for one in parameters
        ]
        returned = getattr(runtime, name)(*arguments)
        assert returned == (invalid, *[None] * len(published['returns'])), name


def test_both_majors_have_the_same_functions() -> None:
    assert read_table('cuda-12')['functions'] == read_table('cuda-13')['functions']
