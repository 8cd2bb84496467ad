"""One decision for each press: a key that is held, or a paste, cannot decide an item that nobody has seen. Pure; time is handed in.

Terminals do not say that a key is held, they repeat it: first after 250-660 ms, then about 30 times a second. So a decision needs
a card that has been on the screen for `DWELL`, and the same key again needs `QUIET` since it was last heard of, repeats
included - longer than any usual first repeat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DWELL: Final = 0.30
QUIET: Final = 0.75
TOO_SOON: Final = "Not yet: the card has only just appeared. Read it, then press again."
HELD: Final = "Held key ignored: one decision for each press."


@dataclass(slots=True)
class Guard:
    dwell: float = DWELL
    quiet: float = QUIET
    _shown: str | None = None
    _since: float = 0.0
    _heard: dict[str, float] = field(default_factory=dict)

    def shown(self, key: str | None, now: float) -> None:
        """The card of a hypothesis has been painted, or (None) there is none. Painting the same one again changes nothing."""
        if key != self._shown:
            self._shown, self._since = key, now

    def reset(self, now: float) -> None:
        """What is on the screen has changed under the reader's eyes: the time starts again."""
        self._since = now

    def refusal(self, token: str, key: str, now: float) -> str | None:
        """Why a press of `token` may not decide on `key` now, or None. Every press is remembered, refused ones too."""
        last = self._heard.get(token)
        self._heard[token] = now
        if last is not None and now - last < self.quiet:
            return HELD
        if self._shown != key or now - self._since < self.dwell:
            return TOO_SOON
        return None
