"""What this process tells the others of an instance, and does when it hears of them."""

from collections.abc import Callable

from pingpilot.domain.ids import WorkspaceId
from pingpilot.ingest.authenticate import KeyIndex
from pingpilot.live.hub import Hub
from pingpilot.queue.signals import Kind, Signals


class Neighbours:
    """Passes on, both ways. Lives on one event loop."""

    def __init__(self, signals: Signals, index: KeyIndex, hub: Hub) -> None:
        """Take the way to the others, and who is told in this process."""
        self.signals = signals
        self._index = index
        self._hub = hub

    def hear(self, wake: Callable[[], None], pause: Callable[[str], None]) -> None:
        """Listen to the others; take also who looks for what is due, and who leaves a provider alone."""
        self.signals.hear(Kind.CHANGED, lambda word: self._changed(WorkspaceId(int(word))))
        self.signals.hear(Kind.STIRRED, lambda word: self._hub.announce(WorkspaceId(int(word))))
        self.signals.hear(Kind.DUE, lambda _: wake())
        self.signals.hear(Kind.PAUSED, pause)

    def change(self, workspace: WorkspaceId) -> None:
        """Tell here and elsewhere that keys, categories, destinations or the plan of a workspace have changed."""
        self._changed(workspace)
        self.signals.say(Kind.CHANGED, str(workspace))

    def stir(self, workspace: WorkspaceId) -> None:
        """Tell here and elsewhere that pages of a workspace may show something new. It is called for every event."""
        self._hub.announce(workspace)
        self.signals.say(Kind.STIRRED, str(workspace))

    def wake(self) -> None:
        """Have the relay look at once, wherever it is."""
        self.signals.say(Kind.DUE)

    def pause(self, word: str) -> None:
        """Have other workers leave a provider alone, as ours does."""
        self.signals.say(Kind.PAUSED, word)

    def _changed(self, workspace: WorkspaceId) -> None:
        self._index.forget(workspace)
        self._hub.announce(workspace)
