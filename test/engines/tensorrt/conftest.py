"""Stand-ins for TensorRT and CUDA, which keep to what NVIDIA has published of them."""

from __future__ import annotations

import sys
from pathlib import Path

# The fakes are modules of the tests, in no package that is installed.
sys.path.insert(0, str(Path(__file__).parent))
