"""Which hosts of the web may be asked: none of this computer's, of its network, or of a cloud's inside.

A name is resolved once, every address that it has is looked at, and the connection goes to an
address that was looked at. So a name that answers differently the second time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable

from townscape.core.errors import InputError, SourceGone

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
    """The addresses of a host, each of them public.

    Raises `InputError` if one of them is private (unless that is allowed), and `SourceGone` if the
    host has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SourceGone(f"{host} has no address.", hint="check its name and the network") from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private and not are_public(addresses):
        raise InputError(
            f"{host} is a host of this computer or its network, and is not asked.",
            hint="if that is meant, set `allow_private_hosts = true` under [cloud] in workspace.toml.",
        )
    return addresses


def are_public(addresses: Iterable[str]) -> bool:
    """Whether all of some IP addresses (v4 or v6, as text) belong to the public internet."""
    return all(_is_public(ipaddress.ip_address(text.partition("%")[0])) for text in addresses)


def _is_public(address: IpAddress) -> bool:
    inner = _embedded(address)
    if inner is not None:
        return _is_public(inner)
    special = (
        address.is_private,
        address.is_loopback,
        address.is_link_local,
        address.is_multicast,
        address.is_reserved,
        address.is_unspecified,
    )
    return address.is_global and not any(special)


def _embedded(address: IpAddress) -> IpAddress | None:
    """The v4 address that a v6 one leads to: mapped, 6to4, Teredo, NAT64 (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64 or address in _NAT64_LOCAL or int(address) >> 32 == 0:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo
