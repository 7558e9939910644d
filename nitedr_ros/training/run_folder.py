"""What a training run leaves: weights, card and log."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load_file, save
from torch import Tensor, nn

from nitedr_ros.errors import EngineError, InputError
from nitedr_ros.networks.reference.state import checked
from nitedr_ros.training.checkpoint import replace


@dataclass(frozen=True)
class RunFolder:
    """The files of a run, in one folder."""

    path: Path

    @property
    def last(self) -> Path:
        """The checkpoint to go on from."""
        return self.path / 'last.pt'

    @property
    def best(self) -> Path:
        """The weights of the best pair, in training form."""
        return self.path / 'best.safetensors'

    @property
    def card(self) -> Path:
        """What was trained, on what, for how long, and all figures."""
        return self.path / 'card.json'

    @property
    def log(self) -> Path:
        """A line of JSON for each report of training and for each validation."""
        return self.path / 'log.jsonl'

    @property
    def board(self) -> Path:
        """The folder for TensorBoard."""
        return self.path / 'tensorboard'

    def write_best(self, pair: nn.Module) -> None:
        """Write a pair's weights; raises OutputError."""
        state = {
            name: weight.detach().cpu().contiguous() for name, weight in pair.state_dict().items()
        }
        content = save(state)

        def write(file: Path) -> None:
            file.write_bytes(content)

        replace(self.best, write)

    def write_card(self, card: dict[str, Any]) -> None:
        """Write the card with the hash of the best weights added; raises OutputError."""
        hashed = hashlib.sha256(self.best.read_bytes()).hexdigest() if self.best.exists() else None
        text = json.dumps({**card, 'weights_sha256': hashed}, indent=2, allow_nan=False) + '\n'

        def write(file: Path) -> None:
            file.write_text(text, 'utf-8')

        replace(self.card, write)

    def read_best(self) -> dict[str, Tensor]:
        """Return the best weights by name, on the CPU.

        Raises InputError where there are none, EngineError where the file is damaged.
        """
        try:
            state = load_file(self.best)
        except OSError as error:
            raise InputError(
                f'expected the weights of a training run in {self.best}: {error.strerror or error}'
            ) from None
        except safetensors.SafetensorError as error:
            raise EngineError(f'expected safetensors in {self.best}: {error}') from None
        return checked(state, 'weights', self.best)

    def read_card(self) -> dict[str, Any]:
        """Return the card; raises InputError where it is missing or no card."""
        try:
            card = json.loads(self.card.read_text('utf-8'))
        except OSError as error:
            raise InputError(
                f'expected the card of a training run in {self.card}: {error.strerror}'
            ) from None
        except ValueError as error:
            raise InputError(f'expected JSON in {self.card}: {error}') from None
        if not isinstance(card, dict) or not isinstance(card.get('config'), dict):
            raise InputError(f'expected a card with a config in {self.card}, found none')
        return card
