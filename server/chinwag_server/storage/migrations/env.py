"""Alembic's entry: the connection is ours, already open and in a transaction (runner.py)."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
