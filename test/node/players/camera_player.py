"""The test's handle on a camera player in another process."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from players.child import TIMEOUT_S, Child

if TYPE_CHECKING:
    from players.plan import Step

SCRIPT = Path(__file__).parent / 'cameras.py'


class CameraPlayer(Child):
    """Cameras in another process, which send what they are told when they are told."""

    def __init__(self, topics: dict[str, Step]) -> None:
        """Start them; they send once their topics have the subscribers asked for."""
        super().__init__('cameras', [sys.executable, str(SCRIPT)], talks=True)
        self._tell({'topics': topics})

    def play(self, *steps: Step) -> None:
        """Let them do these steps, after those they still have to do; returns at once."""
        for step in steps:
            self._tell(step)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What has been sent: to, stamp_ns, sent_ns, and for images size and crc32."""
        with self._changed:
            messages = [json.loads(line) for line in self.lines]
        return [message for message in messages if 'end' not in message]

    def wait_for_sent(self, count: int, timeout: float = TIMEOUT_S) -> list[dict[str, Any]]:
        """Wait until so many messages have been sent since the start; return all sent."""
        self.wait_for(lambda: len(self.lines) >= count, timeout)
        return self.sent

    def finish(self, timeout: float = TIMEOUT_S) -> list[dict[str, Any]]:
        """Wait until all steps are done and reliable messages have arrived; return all sent."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.join(timeout)
        assert code == 0, f'exit code {code} of {self.log}'
        return self.sent

    def _tell(self, line: Step) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(line) + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            self.join()
            raise AssertionError(
                f'expected players that run, they have ended: {self.log}'
            ) from None
