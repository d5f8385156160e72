"""The way past ASGI for the usual request: an event whose bytes are all there."""

from pingpilot.ingest.express import Express
from pingpilot.wiring.application import EVENT_PATH
from pingpilot.wiring.exchange import Exchange, Scope
from pingpilot.wiring.front import Front


class Shortcut:
    """Tells which requests may go this way, and sends them."""

    def __init__(self, front: Front, express: Express) -> None:
        """Take who knows where requests come from, and who takes events in."""
        self._front = front
        self._express = express

    def suits(self, scope: Scope) -> bool:
        """Tell from the head of a request whether it may go this way once it is whole."""
        return bool(scope["path"] == EVENT_PATH and scope["method"] == "POST")

    def take(self, exchange: Exchange) -> bool:
        """Send a whole request; tell whether it is on its way. If not, nothing has happened."""
        scope = exchange.scope
        return self._express.begin(scope["headers"], self._front.address_in(scope), exchange.body, exchange)
