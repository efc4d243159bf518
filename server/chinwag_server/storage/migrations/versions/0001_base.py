"""The schema of version 1."""

from chinwag_server.storage.migrations import runner

revision = "0001"
down_revision = None


def upgrade() -> None:
    runner.run_file("0001_base.sql")
