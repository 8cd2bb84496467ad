"""The command palette: every action of the registry by its name. Loaded when somebody opens it."""

from __future__ import annotations

from collections.abc import Callable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from review_tui.actions import ACTIONS, shown
from review_tui.screens.queue import QueueScreen


class Commands(Provider):
    """The command palette, from the one registry of actions."""

    def _all(self) -> list[tuple[str, str, Callable[[], None]]]:
        queue = next((one for one in self.app.screen_stack if isinstance(one, QueueScreen)), None)
        if queue is None:
            return []
        return [
            (act.label, f"{act.id}  {shown(queue.settings.keys.get(act.id, ()))}", lambda name=act.id: queue.perform(name))  # type: ignore[misc]
            for act in ACTIONS
            if act.id != "palette"
        ]

    async def discover(self) -> Hits:
        for label, help_text, run in self._all():
            yield DiscoveryHit(label, run, help=help_text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for label, help_text, run in self._all():
            score = max(matcher.match(label), matcher.match(help_text))
            if score > 0:
                yield Hit(score, matcher.highlight(label), run, help=help_text)
