"""Checkpoints are whole, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')
pytest.importorskip('safetensors', reason='safetensors is not installed')

from nitedr_ros.errors import EngineError, InputError, OutputError  # noqa: E402
from nitedr_ros.training.checkpoint import (  # noqa: E402
    replace,
    restore_checkpoint,
    write_checkpoint,
)
from nitedr_ros.training.run_folder import RunFolder  # noqa: E402


class Harmful:
    def __reduce__(self):
        return (print, ('run',))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / 'last.pt'
    write_checkpoint(path, {'weights': torch.arange(3), 'step': 4})
    state = restore_checkpoint(path, ('weights', 'step'))
    assert torch.equal(state['weights'], torch.arange(3))
    assert [file.name for file in tmp_path.iterdir()] == ['last.pt']


def test_a_write_that_fails_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / 'last.pt'
    path.write_bytes(b'before')

    def fail(file: Path) -> None:
        file.write_bytes(b'half')
        raise OSError(28, 'No space left on device')

    with pytest.raises(OutputError, match='No space left'):
        replace(path, fail)
    assert path.read_bytes() == b'before'
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ('content', 'error', 'complaint'),
    [
        (None, InputError, 'leave --resume out'),
        (b'no checkpoint', EngineError, 'only weights and numbers'),
        ({'weights': 1}, InputError, 'begin a new run'),
        ({'format': 1, 'step': 2}, InputError, 'it lacks weights'),
        ({'format': 1, 'weights': Harmful()}, EngineError, 'may run anything'),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content, error, complaint: str) -> None:
    path = tmp_path / 'last.pt'
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(error, match=complaint):
        restore_checkpoint(path, ('weights',))


def test_the_best_weights_and_the_card_come_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    network = torch.nn.Conv2d(2, 3, 1).to(memory_format=torch.channels_last)
    folder.write_best(network)
    folder.write_card({'config': {'size': 'nano'}})
    for name, weight in network.state_dict().items():
        assert torch.equal(folder.read_best()[name], weight)
    card = folder.read_card()
    assert card['config'] == {'size': 'nano'}
    assert len(card['weights_sha256']) == 64


def test_a_damaged_run_is_said_to_be_damaged(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(InputError, match='weights of a training run'):
        folder.read_best()
    with pytest.raises(InputError, match='card of a training run'):
        folder.read_card()
    folder.best.write_bytes(b'x' * 20)
    folder.card.write_text('{}')
    with pytest.raises(EngineError, match='expected safetensors'):
        folder.read_best()
    with pytest.raises(InputError, match='with a config'):
        folder.read_card()
