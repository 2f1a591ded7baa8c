"""The PostgreSQL that the dbt tests run on."""

from tests.dbt.conftest import postgres_port

__all__ = ["postgres_port"]
