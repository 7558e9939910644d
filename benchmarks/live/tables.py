"""The short tables on the terminal."""

from __future__ import annotations

from typing import Any

COLUMNS = ('p50', 'p95', 'p99', 'max')


def latency_table(rows: dict[str, dict[str, float]]) -> str:
    """Return percentiles in milliseconds, one line for each name."""
    lines = [f'{"ms":28}{"count":>8}' + ''.join(f'{name:>9}' for name in COLUMNS)]
    for name, row in rows.items():
        cells = ''.join(f'{row[c]:9.2f}' if c in row else f'{"-":>9}' for c in COLUMNS)
        count = f'{row["count"]:8.0f}' if 'count' in row else f'{"":>8}'
        lines.append(f'{name:28}{count}{cells}')
    return '\n'.join(lines)


def run_table(kind: str, figures: dict[str, Any]) -> str:
    """Return what one run has shown."""
    rows = {f'{kind}: camera to detector': figures['latency_ms']}
    if figures['age_ms']['count']:
        rows[f'{kind}: age of outputs'] = figures['age_ms']
    out, sent = figures['output_rate_hz'], figures['sent_rate_hz']
    lines = [
        latency_table(rows),
        f'{out:g} images/s of {sent:g} sent, over {figures["measured_s"]:g} s',
        _losses(figures['losses']),
        f'{"process":16}{"CPU %":>8}{"MiB":>9}{"growth":>9}',
    ]
    for name, usage in figures['processes'].items():
        if usage:
            lines.append(
                f'{name:16}{usage["cpu_percent"]:8.1f}{usage["resident_mib"]:9.1f}'
                f'{usage["resident_growth_mib"]:9.2f}'
            )
    return '\n'.join(lines)


def _losses(losses: dict[str, Any]) -> str:
    if 'received' not in losses:
        return '{sent} visible frames sent, {detected} detected, {lost} lost'.format(**losses)
    drops = ', '.join(f'{count} {reason}' for reason, count in losses['drops'].items()) or 'none'
    return (
        '{sent} visible frames sent, {lost_before_node} lost before the node, {received} received '
        '= {outputs} outputs + {dropped} dropped ({drops}) + {held} held; '
        '{lost_after_node} lost after the node, {detected} detected'
    ).format(**losses | {'drops': drops, 'dropped': sum(losses['drops'].values())})
