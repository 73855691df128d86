"""The newest version, known without loading Alembic, so that starting with an up-to-date database is quick."""

HEAD = "0004"
