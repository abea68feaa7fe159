"""Real servers for the contracts that Firetime relies on."""

from tests.servers import openbao

__all__ = ["openbao"]
