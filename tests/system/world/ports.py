"""Ports from the kernel."""
import socket


def free_port(*addresses, kind=socket.SOCK_STREAM):
    """A port that is free on each of the loopback addresses at this moment."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, kind) as first:
            first.bind((addresses[0], 0))
            port = first.getsockname()[1]
            if all(is_free(address, port, kind) for address in addresses[1:]):
                return port
    raise RuntimeError("no common free port")


def free_dns_port(address):
    """One that is free for UDP and for TCP."""
    for _ in range(50):
        port = free_port(address, kind=socket.SOCK_DGRAM)
        if is_free(address, port, socket.SOCK_STREAM):
            return port
    raise RuntimeError("no port for a name server")


def is_free(address, port, kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True
