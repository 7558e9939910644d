"""Runs learn, stop and go on, and end where they can't."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')
pytest.importorskip('safetensors', reason='safetensors is not installed')

from rich.console import Console  # noqa: E402

from nitedr_ros.errors import ConfigError, InputError, NitedrError, OutputError  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, PairSize  # noqa: E402
from nitedr_ros.training import command, trainer  # noqa: E402
from nitedr_ros.training.objective import Objective  # noqa: E402
from nitedr_ros.training.progress import Bar  # noqa: E402
from nitedr_ros.training.run_folder import RunFolder  # noqa: E402
from nitedr_ros.training.trained_pair import load_trained_pair  # noqa: E402

TINY = PairSize(4, (16, 24), (1, 1), (1,), 16, 1)
CONFIG = """
size: tiny
seed: 3
budget: {steps: 12}
patches: {batch: 5, side: 64, widths: [200]}
clean: {warm_up_steps: 2}
fusion: {share: 0.4, warm_up_steps: 1}
rain: {bank: {layers: 1, size: 64, plates: 1, plate_size: 64}}
optimiser: {skips_in_a_row: 3}
validation: {every: 0.5, threads: 1}
targets: {psnr: {least: 37}}
"""


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, 'tiny', TINY)
    torch.set_num_threads(1)


@pytest.fixture
def train(image_sets: Path, tmp_path: Path):
    """Train by a configuration; gives the run's folder."""

    def call(out: str, text: str = CONFIG, **options: object) -> RunFolder:
        path = tmp_path / 'config.yaml'
        path.write_text(text)
        job = command.TrainingJob(path, image_sets, tmp_path / out, device='cpu', **options)
        return command.run_training(job, Console(stderr=True)).folder

    return call


def lines(folder: RunFolder, kind: str) -> list[dict[str, object]]:
    every = [json.loads(line) for line in folder.log.read_text().splitlines()]
    return [line for line in every if line['kind'] == kind]


def interrupt_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    def moved(self, now: int, progress: float, stage: str) -> None:
        if now == step:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Bar, 'moved', moved)


@pytest.mark.parametrize('step', [4, 10])
def test_a_run_that_goes_on_ends_as_one_that_never_stopped(
    train, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole = train('whole')
    with monkeypatch.context() as interrupted:
        interrupt_at(interrupted, step)
        with pytest.raises(KeyboardInterrupt):
            train('parted')
    parted = train('parted', resume=True)
    for name, weight in whole.read_best().items():
        assert torch.equal(weight, parted.read_best()[name]), name
    ours, theirs = (torch.load(each.last, weights_only=True) for each in (whole, parted))
    for name, weight in ours['pair'].items():
        assert torch.equal(weight, theirs['pair'][name]), name
    cards = [each.read_card() for each in (whole, parted)]
    assert cards[0]['best'] == cards[1]['best']
    assert cards[0]['steps'] == cards[1]['steps'] == 12


def test_a_run_that_is_stopped_while_it_validates_validates_when_it_goes_on(
    train, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    text = CONFIG.replace('every: 0.5', 'every: 1.0')
    with monkeypatch.context() as interrupted:
        interrupted.setattr(command, 'validate', stop)
        with pytest.raises(KeyboardInterrupt):
            train('run', text)
    folder = train('run', text, resume=True)
    assert [line['step'] for line in lines(folder, 'validation')] == [12]
    assert folder.read_card()['best_step'] == 12
    # A run that is finished stays as it is.
    before = folder.read_card()['best']
    assert train('run', text, resume=True).read_card()['best'] == before
    assert len(lines(folder, 'validation')) == 1


@pytest.mark.slow
def test_the_loss_falls(train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, '_REPORT_EVERY', 10)
    text = CONFIG.replace('steps: 12', 'steps: 160').replace('share: 0.4', 'share: 0')
    losses = [line['colour'] for line in lines(train('run', text), 'training')]
    assert len(losses) == 16
    assert losses[-1] < 0.8 * losses[0]


def test_stages_train_what_is_theirs(train, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, object]] = []
    before = Objective.terms

    def watched(self, batch, stage):
        seen.append({'stage': stage, 'weights': {
            name: weight.detach().clone() for name, weight in self._pair.named_parameters()
        }})  # fmt: skip
        return before(self, batch, stage)

    monkeypatch.setattr(Objective, 'terms', watched)
    train('run')
    stages = [each['stage'] for each in seen]
    assert stages == ['clean'] * 8 + ['fusion'] * 4

    def changed(first: int, last: int) -> set[str]:
        one, other = seen[first]['weights'], seen[last]['weights']
        return {name.partition('.')[0] for name in one if not torch.equal(one[name], other[name])}

    assert changed(0, 8) == {'clean'}
    assert changed(8, 11) == {'fusion'}
    assert torch.equal(
        seen[0]['weights']['fusion.luma.weight'], seen[11]['weights']['fusion.luma.weight']
    )


def test_the_card_says_what_was_done(train) -> None:
    folder = train('run')
    card = folder.read_card()
    assert card['data']['recorded_rain'] == 10
    assert card['data']['validation']['thin_veil'] == 1
    assert (card['steps'], card['seed'], card['skipped_steps']) == (12, 3, 0)
    assert set(card['best']) >= {'psnr', 'qabf', 'vif', 'dry_psnr'}
    assert [line['step'] for line in lines(folder, 'validation')] == [6, 12]
    pair = load_trained_pair(folder, 'tiny')
    assert pair.size == TINY


def test_steps_that_are_not_finite_are_skipped_and_counted(
    train, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    before = Objective.terms

    def now_and_then(self, batch, stage):
        calls.append(stage)
        terms = before(self, batch, stage)
        return {k: v * float('nan') for k, v in terms.items()} if len(calls) in {2, 5} else terms

    monkeypatch.setattr(Objective, 'terms', now_and_then)
    folder = train('run')
    assert folder.read_card()['skipped_steps'] == 2
    assert all(weight.isfinite().all() for weight in folder.read_best().values())


def test_too_many_of_them_end_the_run(train, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Objective.terms
    monkeypatch.setattr(
        Objective,
        'terms',
        lambda *given: {k: v / 0 for k, v in before(*given).items()},
    )
    with pytest.raises(NitedrError, match='the last 3 steps before step 3'):
        train('run')


@pytest.mark.slow
def test_a_pair_learns_from_a_teacher(train, tmp_path: Path) -> None:
    train('teacher')
    text = CONFIG + f'distillation: {{run: {tmp_path / "teacher"}}}\n'
    folder = train('student', text)
    state = torch.load(folder.last, weights_only=True)
    assert set(state['teacher']) == {'weight', 'bias'}
    assert set(folder.read_best()) == set(RunFolder(tmp_path / 'teacher').read_best())


def test_a_run_starts_from_another_ones_weights(train, tmp_path: Path) -> None:
    first = train('first')
    text = CONFIG.replace('steps: 12', 'steps: 1') + f'start: {tmp_path / "first"}\n'
    moved = train('second', text.replace('share: 0.4', 'share: 0')).read_best()
    for name, weight in first.read_best().items():
        assert (weight - moved[name]).abs().max() < 0.01


def test_errors_are_one_line(train, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match='one of nano, s, m'):
        train('run', CONFIG.replace('size: tiny', 'size: giant'))
    with pytest.raises(InputError, match=r'found no last\.pt'):
        train('run', resume=True)
    train('run')
    with pytest.raises(OutputError, match='add --resume'):
        train('run')
    with pytest.raises(InputError, match='budget differs'):
        train('run', resume=True, steps=20)
    monkeypatch.setattr(
        Objective, 'terms', lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError('of all'))
    )
    with pytest.raises(NitedrError, match=r'patches\.batch 5 of patches\.side 64'):
        train('other')
