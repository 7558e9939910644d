"""What long work tells, and how it is asked to end."""

from __future__ import annotations

import pytest

from nitedr_ros.engines.progress import Progress


@pytest.mark.parametrize(
    'share, text',
    [(None, 'building'), (0.0, 'building, 0%'), (0.256, 'building, 26%'), (1.0, 'building, 100%')],
)
def test_says_what_is_done_and_how_much_of_it(share: float | None, text: str) -> None:
    progress = Progress()
    assert progress.text == ''
    progress.moved('building', share)
    assert progress.text == text
    progress.moved('comparing')
    assert progress.text == 'comparing'
    progress.done()
    assert progress.text == ''


def test_goes_on_until_it_is_asked_to_end() -> None:
    progress = Progress()
    assert not progress.cancelled
    progress.cancelled = True
    progress.moved('building', 0.5)
    assert progress.cancelled
