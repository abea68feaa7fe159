"""Which addresses may be talked to: public ones, and the networks that the operator allows.

The check is made on the very address that a connection goes to, so that no name, redirect or changing DNS
answer gets around it.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_V6 = ip_network("2000::/3")
# `is_global` holds these for public, though they lead inside, to translators, or to a cloud's own services.
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
            "168.63.129.16/32",  # Azure's platform address
            "192.0.0.0/24",  # protocol assignments, RFC 6890
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "2001::/32",  # Teredo, RFC 4380
            "2002::/16",  # 6to4, RFC 3056
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)


class Refused(OSError):
    """An address that Firetime must not talk to.

    Its text never varies, so that a name whose addresses are all refused still ends in this exception.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(
            "the address is not public; if it is yours, add its network to FIRETIME_ALLOW_PRIVATE"
        )
        self.address = address


class Guard:
    """Allows public addresses, and those in the networks that the operator names."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def allows(self, address: Address) -> bool:
        """Whether a connection to `address` may be opened."""
        plain = _unmapped(address)
        return any(plain in network for network in self._allowed) or _is_public(plain)

    def is_own(self, host: str) -> bool:
        """Whether `host` is an address, not a name, in a network that the operator names."""
        try:
            plain = _unmapped(ip_address(host))
        except ValueError:
            return False
        return any(plain in network for network in self._allowed)

    def open_socket(self, addr_info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """Make the socket for one address, as `aiohttp.TCPConnector(socket_factory=...)` asks for it.

        Raises `Refused`.
        """
        family, kind, protocol, _, socket_address = addr_info
        address = ip_address(socket_address[0])
        if not self.allows(address):
            raise Refused(address)
        return socket.socket(family, kind, protocol)


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
