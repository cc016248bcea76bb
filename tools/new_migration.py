"""Write the next migration of the state store from what its tables say now: `python tools/new_migration.py WHAT`."""

from __future__ import annotations

import pkgutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config

import comptoir
from comptoir.state import migrate
from comptoir.state.base import open_state

for found in pkgutil.walk_packages(comptoir.__path__, "comptoir."):
    if found.name.endswith(".rows"):
        import_module(found.name)

number = f"{int(migrate.HEAD) + 1:04d}" if len(sys.argv) > 2 else migrate.HEAD
with tempfile.TemporaryDirectory() as folder:
    state = open_state(Path(folder) / "state.db")
    config = Config()
    config.set_main_option("script_location", "comptoir:state/migrations")
    with state.write() as connection:
        config.attributes["connection"] = connection
        if number != "0001":
            command.upgrade(config, "head")
        command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=number)
    state.close()
print(f"written; set migrate.HEAD = {number!r}")
