"""The fakes of TensorRT and cuda-python, for commands that use a GPU."""

from __future__ import annotations

import sys
from pathlib import Path

# As for the tests of the engines on TensorRT, to which they belong.
sys.path.insert(0, str(Path(__file__).parents[1] / 'engines' / 'tensorrt'))
