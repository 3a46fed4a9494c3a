"""The newest value wins: act when somebody stops changing things, not on each key."""

import asyncio
from collections.abc import Callable

PAUSE = 0.12                    # seconds without a change before something is drawn again


class Latest:
    """Calls `act` once after a burst of changes. Without an event loop, as in a test, it acts at once."""

    def __init__(self, act: Callable[[], None]):
        self.act, self.waiting = act, None

    def soon(self, _change=None) -> None:
        """Act when no other change comes within PAUSE seconds; what was waiting is forgotten."""
        self.forget()
        try:
            self.waiting = asyncio.get_running_loop().call_later(PAUSE, self.now)
        except RuntimeError:
            self.now()

    def now(self) -> None:
        """Act, and forget what was waiting."""
        self.forget()
        self.act()

    def forget(self) -> None:
        """Do not act, whatever was asked for."""
        if self.waiting:
            self.waiting.cancel()
        self.waiting = None
