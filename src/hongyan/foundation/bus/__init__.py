"""What processes of one server tell each other: nothing when there is one, core NATS when there are several.

Nothing is stored here, and nothing may depend on its arriving: the database is the truth. Whoever subscribes says what
is to be done when something was missed.
"""

from hongyan.foundation.bus.model import Alone, Bus

__all__ = ["Alone", "Bus", "open_bus"]


def open_bus(servers: str, *, name: str) -> Bus:
    """`servers`: nats:// or tls:// addresses, separated by commas, or nothing; `name` keeps servers apart."""
    if not servers:
        return Alone()
    from hongyan.foundation.bus.nats import NatsBus

    return NatsBus([one.strip() for one in servers.split(",")], name=name)
