"""A real server, for the few unit tests that need one."""

from tests.servers import openbao

__all__ = ["openbao"]
