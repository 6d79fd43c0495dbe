"""The folder's own module of helpers is found by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
