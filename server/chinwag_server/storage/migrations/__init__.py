"""The schema's history: one plain SQL file a step, run by Alembic. Steps expand first and contract a version later."""
