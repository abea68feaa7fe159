"""The whole job on one machine: a real OpenBao, the Ayrshare sandbox, feeds that grow, and the daemon itself."""
