import socket
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.guard import Guard, Refused

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "168.63.129.16",
    "192.0.0.9",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "2001:db8::1",
    "100::1",
    "5f00::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    assert not Guard().allows(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_allowed(address: str) -> None:
    assert Guard().allows(ip_address(address))


def test_the_operator_can_allow_a_network_and_nothing_beside_it() -> None:
    guard = Guard([ip_network("10.1.0.0/16"), ip_network("fd00::/8")])
    assert guard.allows(ip_address("10.1.2.3"))
    assert guard.allows(ip_address("::ffff:10.1.2.3"))
    assert guard.allows(ip_address("fd12::1"))
    assert not guard.allows(ip_address("10.2.0.1"))
    assert not guard.allows(ip_address("::1"))


def test_what_is_the_operators_own_is_an_address_in_a_network_of_theirs() -> None:
    guard = Guard([ip_network("10.1.0.0/16"), ip_network("::1/128")])
    assert all(map(guard.is_own, ["10.1.2.3", "::ffff:10.1.2.3", "::1"]))
    assert not any(map(guard.is_own, ["10.2.0.1", "8.8.8.8", "localhost", "a.example", ""]))


def test_a_refused_address_gets_no_socket() -> None:
    with pytest.raises(Refused, match="FIRETIME_ALLOW_PRIVATE") as refused:
        Guard().open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 80)))
    assert refused.value.address == ip_address("10.0.0.7")


def test_an_allowed_address_gets_a_socket_of_its_family() -> None:
    with Guard().open_socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2a00::1", 80, 0, 0))) as made:
        assert made.family == socket.AF_INET6


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_the_plain_one(address: object) -> None:
    guard = Guard([ip_network("10.0.0.0/8")])
    assert guard.allows(ip_address(f"::ffff:{address}")) == guard.allows(ip_address(str(address)))
