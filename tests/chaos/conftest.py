"""The same real parts as in the integration tests."""

from tests.integration.conftest import openbao, world

__all__ = ["openbao", "world"]
