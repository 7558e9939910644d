"""What a run reports while it goes on: lines of JSON, and TensorBoard where it is installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nitedr_ros.errors import OutputError
from nitedr_ros.training.run_folder import RunFolder

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Log:
    """Appends to a run's log; closes with the `with` statement.

    board: whether TensorBoard gets the figures as well.
    """

    def __init__(self, folder: RunFolder) -> None:
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            self._file = folder.log.open('a', encoding='utf-8')
        except OSError as error:
            raise OutputError(f'expected to write {folder.log}: {error.strerror}') from None
        self.board = find_spec('tensorboard') is not None
        self._writer: Any = None
        if self.board:
            # Imported here, because it is optional and slow to load.
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

            self._writer = SummaryWriter(str(folder.board))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._writer is not None:
            self._writer.close()

    def write(self, kind: str, step: int, **figures: float | str) -> None:
        """Write one line; its numbers go to TensorBoard under kind/name."""
        line = {'kind': kind, 'step': step}
        for name, value in figures.items():
            line[name] = round(value, 6) if isinstance(value, float) else value
            if self._writer is not None and not isinstance(value, str):
                self._writer.add_scalar(f'{kind}/{name}', value, step)
        self._file.write(json.dumps(line) + '\n')
        self._file.flush()
