"""Measurements, each a command; some drive the page with what the browser tests use."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
