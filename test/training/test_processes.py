"""Two processes train as one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')
pytest.importorskip('safetensors', reason='safetensors is not installed')

from nitedr_ros.training.processes import Processes  # noqa: E402

PROGRAM = """
import sys
import torch
from torch import nn
from nitedr_ros.training.processes import join_processes

group = join_processes(torch.device('cpu'))
torch.manual_seed(group.rank)
network = nn.Linear(3, 2)
group.same_weights(network)
network(torch.full((1, 3), float(group.rank + 1))).sum().backward()
group.average_gradients(network.parameters())
told = group.told_by_first(float(group.rank + 5), torch.device('cpu'))
torch.save(
    {'weights': network.state_dict(), 'gradient': network.weight.grad, 'told': told,
     'gathered': group.gathered([group.rank])},
    f'{sys.argv[1]}/{group.rank}.pt',
)
group.close()
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return int(found.getsockname()[1])


def environment(rank: int, port: int) -> dict[str, str]:
    return {
        **os.environ,
        'RANK': str(rank),
        'LOCAL_RANK': str(rank),
        'WORLD_SIZE': '2',
        'MASTER_ADDR': '127.0.0.1',
        'MASTER_PORT': str(port),
        'OMP_NUM_THREADS': '1',
    }


def run_two(*command: object) -> None:
    port = free_port()
    running = [
        subprocess.Popen(
            [sys.executable, *map(str, command)],
            env=environment(rank, port),
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in running:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error


def test_a_single_process_is_left_alone() -> None:
    alone = Processes()
    assert alone.first
    assert alone.told_by_first(0.3, torch.device('cpu')) == 0.3
    assert alone.gathered('x') == ['x']


def test_two_share_weights_gradients_and_what_the_first_says(tmp_path: Path) -> None:
    run_two('-c', PROGRAM, tmp_path)
    one, other = (torch.load(tmp_path / f'{rank}.pt', weights_only=True) for rank in range(2))
    assert torch.equal(one['weights']['weight'], other['weights']['weight'])
    assert torch.equal(one['gradient'], torch.full((2, 3), 1.5))
    assert torch.equal(other['gradient'], one['gradient'])
    assert one['told'] == other['told'] == 5
    assert one['gathered'] == other['gathered'] == [[0], [1]]


@pytest.mark.slow
def test_a_run_in_two_processes_ends_with_one_card(image_sets: Path, tmp_path: Path) -> None:
    config = tmp_path / 'config.yaml'
    config.write_text(
        'size: nano\nbudget: {steps: 3}\n'
        'patches: {batch: 3, side: 64, widths: [200]}\n'
        'rain: {bank: {layers: 1, size: 64, plates: 1, plate_size: 64}}\n'
        'validation: {every: 1.0, threads: 1}\n'
    )
    run = tmp_path / 'run'
    run_two(
        '-m', 'nitedr_ros', 'train', config, '--data', image_sets, '--out', run, '--device', 'cpu'
    )
    state = torch.load(run / 'last.pt', weights_only=True)
    assert state['account']['step'] == 3
    drawn = state['generators']
    assert len(drawn) == 2
    assert not torch.equal(drawn[0][0], drawn[1][0])
    assert (run / 'card.json').exists()
