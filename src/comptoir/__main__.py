"""Run the command line by `python -m comptoir`."""

from __future__ import annotations

from comptoir.cli.quick import run

run()
