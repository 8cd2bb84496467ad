"""Fields to type in. What is pasted may come from a ticket, so it is made safe like everything else that is shown."""

from __future__ import annotations

from textual import events
from textual.widgets import Input, TextArea

from review_tui.text import clean, safe


class SafeInput(Input):
    """One line; pasted line ends become blanks."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(safe(event.text))


class SafeText(TextArea):
    """Several lines, wrapped; tab goes to the next field."""

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(text, soft_wrap=True, show_line_numbers=False, tab_behavior="focus", id=id)
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert(clean(event.text).text)
