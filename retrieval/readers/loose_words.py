"""Words in a meeting's JSON that nobody reads: a format that changed, or damage, is noticed on its first night."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from retrieval.records import Problem

_WORDY: Final = 3
_TOPIC: Final = 6
"""Names and topics of more words than this are sentences."""
_DEEPEST: Final = 60
_NAMES: Final = frozenset(
    {"name", "displayname", "display_name", "speaker_name", "topic", "matched_speaker_display_name", "email"}
)
_KNOWN: Final = frozenset(
    {
        "title", "meeting_title", "purpose", "summary", "default_summary", "short_summary", "overview",
        "outline", "notes", "keywords", "action_items", "gist", "bullet_gist", "shorthand_bullet",
        "topics_discussed", "content", "context", "analytics", "interaction", "collaboration", "crm_matches",
        "highlights", "trackers", "brief", "keypoints", "calloutcome", "raw_text", "url",
        "share_url", "transcript_url", "audio_url", "video_url", "meeting_link", "calendarinvitees", "tags",
        "media", "system", "user", "organization", "datestring", "language",
    }
)  # fmt: skip
"""What the services' own descriptions put beside the transcript: machines' summaries, CRM fields, links (formats.md 2.9-2.12)."""


def loose_words(name: str, raw: Any, read: Collection[str], problems: list[Problem]) -> None:
    """Report each place with words that are not in `read`, once for each key."""
    known = {text.strip() for text in read}
    seen: set[str] = set()
    for path, key, text in _texts(raw, "", "", 0):
        if key in seen or text.strip() in known:
            continue
        most = _TOPIC if key.casefold() in _NAMES else _WORDY
        if len(text.split(None, most)) > most:
            seen.add(key)
            why = f'words under "{key[:60]}" are not read'
            problems.append(Problem(name, why, "Export the transcript again", field=path[:200]))


def _texts(value: Any, path: str, key: str, depth: int) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield path, key, value
    elif depth >= _DEEPEST:
        return
    elif isinstance(value, dict):
        for inner, part in value.items():
            if inner.casefold() not in _KNOWN or (inner == "title" and not isinstance(part, str)):
                yield from _texts(part, f"{path}.{inner}".lstrip("."), inner, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, f"{path}[]", key, depth + 1)
