"""An OpenBao with storage and an audit log of its own, which is sealed when it comes back from a restart."""

from tests.bao_server import BaoServer


class SealableBao(BaoServer):
    """Spoken to without TLS, which would cost each of the daemon's many lives a second."""

    @property
    def url(self) -> str:
        return self.plain_url
