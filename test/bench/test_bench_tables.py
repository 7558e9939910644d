"""The tables say what the report says."""

from __future__ import annotations

from typing import Any

from nitedr_ros.bench.tables import figure_tables, refusals


def result(engine: str = 'openvino', precision: str = 'fp32', **changes: Any) -> dict[str, Any]:
    """A result as the report has it, of an engine on the CPU without anything special."""
    times = {'count': 7, 'p50_ms': 12.345, 'p95_ms': 20.0, 'p99_ms': 30.0, 'max_ms': 31.0}
    return {
        'model': 'm',
        'engine': engine,
        'precision': precision,
        'height': 480,
        'width': 640,
        'latency': {'frame': times, 'runtime': times},
        'frames_per_second': {'sequential': 70.06, 'pipelined': None, 'depth': None},
        'memory': {
            'held_mib': 100.4,
            'peak_mib': 120.0,
            'gpu_engine_mib': None,
            'gpu_process_mib': None,
        },
        'energy': {'joules_per_frame': None, 'source': None},
        'quality': None,
        'floor': {
            'gmac': 10.4,
            'copy_in_ms': 0.1,
            'copy_out_ms': 0.2,
            'compute_ms': 6.0,
            'share': 0.486,
        },
        'published': None,
        'beside': None,
        **changes,
    }


def report(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {'results': list(results), 'refused': [], 'beside_refused': [], **changes}


def table(title: str, *results: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    (found,) = (each for each in figure_tables(report(*results)) if each.title.startswith(title))
    assert all(len(row) == len(found.header) for row in found.rows)
    return found.header, found.rows


def test_what_all_have_in_common_stands_in_the_title() -> None:
    same = figure_tables(report(result(), result(precision='bf16')))
    assert same[0].title == 'Images in to images out, m 480x640'
    assert same[0].header[:2] == ('engine', 'precision')
    other = figure_tables(report(result(), result(height=96)))
    assert other[0].title == 'Images in to images out, m'
    assert other[0].header[:3] == ('engine', 'precision', 'size')
    assert [row[2] for row in other[0].rows] == ['480x640', '96x640']


def test_speed_has_percentiles_and_rates() -> None:
    _, rows = table('Images in', result())
    assert rows == [('openvino', 'fp32', '7', '12.35', '20.00', '30.00', '70.1', '-')]


def test_stages_are_shown_where_an_engine_tells_them() -> None:
    titles = [each.title for each in figure_tables(report(result()))]
    assert not [title for title in titles if title.startswith('Stages')]
    latency = result()['latency']
    staged = result(latency={**latency, 'copy_in': latency['frame']})
    _, rows = table('Stages', staged, result('onnxruntime'))
    assert [row[2] for row in rows] == ['runtime', 'copy_in']


def test_what_is_not_known_is_said() -> None:
    _, rows = table('Memory', result())
    assert rows == [('openvino', 'fp32', '100', '120', '-', '-', 'not measured')]
    unknown = {**result()['floor'], 'gmac': None, 'compute_ms': None, 'share': None}
    _, rows = table('What this machine', result(floor=unknown))
    assert rows == [('openvino', 'fp32', '-', '0.100', '-', '0.200', 'not known')]
    _, rows = table('Grey levels', result())
    assert rows == [('openvino', 'fp32', '-', '-', '-')]


def test_what_is_known_is_shown() -> None:
    _, rows = table('What this machine', result())
    assert rows[0][-1] == '49 %'
    equal = {'frames': 4, 'mean': 0.0, 'tail': 0.0, 'derained_psnr_y_db': None}
    near = {'frames': 4, 'mean': 0.1234, 'tail': 2.0, 'derained_psnr_y_db': 61.25}
    _, rows = table('Grey levels', result(quality=equal), result(quality=near))
    assert [row[2:] for row in rows] == [('0.000', '0', 'equal'), ('0.123', '2', '61.2')]
    _, rows = table('Memory', result(energy={'joules_per_frame': 0.25, 'source': 'x'}))
    assert rows[0][-1] == '0.250'
    _, rows = table('One frame', result(published={'times': 261.4, 'times_at_p99': 205.0}))
    assert rows == [('openvino', 'fp32', '261', '205')]


def test_both_models_have_a_row_where_one_runs_beside() -> None:
    def together(alone: float, both: float) -> dict[str, Any]:
        return {
            'alone': {'p50_ms': alone, 'frames_per_second': 1e3 / alone},
            'together': {'p50_ms': both, 'frames_per_second': 1e3 / both},
            'times_as_long': both / alone,
        }

    beside = {'model': 'd', 'ours': together(10, 15), 'neighbour': together(20, 25)}
    _, rows = table('Two models', result(beside=beside))
    assert rows == [
        ('openvino', 'fp32', 'm', '10.0', '15.0', '1.50', '100.0', '66.7'),
        ('openvino', 'fp32', 'd beside', '20.0', '25.0', '1.25', '50.0', '40.0'),
    ]


def test_one_reason_for_several_is_said_once() -> None:
    def refused(precision: str, reason: str, width: int = 640) -> dict[str, Any]:
        where = {'model': 'm', 'height': 480, 'width': width}
        return {**where, 'engine': 'tensorrt', 'precision': precision, 'reason': reason}

    found = refusals(
        report(
            refused=[
                refused('fp32', 'missing'),
                refused('fp16', 'missing'),
                refused('fp16', 'missing', 320),
                refused('bf16', 'has no bf16'),
            ],
            beside_refused=[refused('fp32', 'missing')],
        )
    )
    assert found == [
        'm 480x640, m 480x320 by tensorrt in fp32, fp16: missing',
        'm 480x640 by tensorrt in bf16: has no bf16',
        'm 480x640 beside by tensorrt in fp32: missing',
    ]


def test_no_results_have_no_tables() -> None:
    assert figure_tables(report()) == []
