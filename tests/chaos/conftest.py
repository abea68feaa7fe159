"""The same real parts as in the integration tests."""

from tests.integration.conftest import world

__all__ = ["world"]
