"""Where things are, for tests at any depth."""

from pathlib import Path

SUPPORT = Path(__file__).parent
TESTS = SUPPORT.parent
ROOT = TESTS.parent
CORPUS = ROOT / "corpus"
SHARED = ROOT.parent / "shared"
