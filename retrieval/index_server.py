"""The derived index on a Chroma server (`chroma run`) that a team shares: the same index, kept under one name on the server.

What is said of the index stands in the metadata of a collection of its own, replaced in one step, as `index.json` is. Collections of
an index begin with its name, so that a rebuilt one is made beside the old one and takes its place.

Such a server asks nobody for a password: whoever reaches it reads every vector and every account's id. It belongs on a private
network, where the night and managers reach it and account owners do not. And it deletes as Chroma does: vectors stay in its files
until its folder is made anew.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit

from retrieval.exact import IndexUnavailable
from retrieval.index_files import IndexFiles, State

STATE: Final = "earned-index"
PATIENCE: Final = 30.0
"""Seconds that one answer may take; Chroma's own client waits for ever."""
_PAGE: Final = 100


class IndexServer:
    """The index at `url` (http or https, HOST and PORT; a login in it is sent to the proxy that guards the server).

    `local` is the folder whose lock keeps writers of one machine apart; a night on another machine is kept away by the store.
    Raises ValueError for an address that is none.
    """

    def __init__(self, url: str, local: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("the address of a Chroma server is http://HOST:PORT")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 8000)
        self._headers = _login(parts.username, parts.password)
        self._lock = IndexFiles(local)
        self._known: Any = None

    def __str__(self) -> str:
        return f"at {self._host}:{self._port}"

    def state(self) -> State | None:
        """Raises IndexUnavailable where the server does not answer."""
        said = next((one.metadata for one in self._collections() if one.name == STATE), None)
        try:
            values = json.loads((said or {})["state"])
            return State(**{**values, "collections": dict(values["collections"]), "files": ()})
        except (KeyError, TypeError, ValueError):
            return None

    def save(self, state: State) -> None:
        metadata = {"state": json.dumps({**asdict(state), "collections": dict(state.collections)})}
        about = self._client().get_or_create_collection(STATE, metadata=metadata, embedding_function=None)
        about.modify(metadata=metadata)

    def has_database(self, state: State) -> bool:
        """What the state stands in is the database."""
        return True

    def complete(self, state: State) -> bool:
        present = {one.name for one in self._collections()}
        return all(self.name(state, bucket) in present for bucket in state.collections)

    def remove_others(self, state: State) -> None:
        client = self._client()
        for one in self._collections():
            if one.name.startswith("chroma-") and not one.name.startswith(f"{state.folder}."):
                with suppress(Exception):  # somebody else removed it
                    client.delete_collection(one.name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer of this machine at a time. Raises IndexLocked."""
        with self._lock.writing():
            yield

    def open(self, state: State) -> Any:
        """A client of the caller's own, who closes it."""
        return self._connected()

    def name(self, state: State, bucket: str) -> str:
        return f"{state.folder}.{bucket}"

    def _collections(self) -> list[Any]:
        client = self._client()
        found: list[Any] = []
        try:
            while page := client.list_collections(limit=_PAGE, offset=len(found)):
                found += page
        except Exception as error:
            raise self._silent(error) from error
        return found

    def _client(self) -> Any:
        if self._known is None:
            self._known = self._connected()
        return self._known

    def _connected(self) -> Any:
        self._heartbeat()
        import chromadb
        from chromadb.config import Settings

        try:
            client = chromadb.HttpClient(
                self._host, self._port, self._secure, self._headers, Settings(anonymized_telemetry=False)
            )
        except Exception as error:
            raise self._silent(error) from error
        session = getattr(getattr(client, "_server", None), "_session", None)
        if session is not None:
            session.timeout = PATIENCE
        return client

    def _heartbeat(self) -> None:
        """Ask with a limit whether anybody is there: Chroma's client asks its first questions without one."""
        url = f"http{'s' if self._secure else ''}://{self._host}:{self._port}/api/v2/heartbeat"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=self._headers), timeout=PATIENCE) as answer:
                if "nanosecond heartbeat" not in json.load(answer):
                    raise ValueError("something else answers there")
        except (OSError, ValueError, HTTPError) as error:
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> IndexUnavailable:
        self._known = None
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return IndexUnavailable(
            f"The search index {self} does not answer ({said}).",
            "Start it (chroma run --path DIR --host HOST), or unset EARNED_CHROMA.",
        )


def _login(name: str | None, password: str | None) -> dict[str, str]:
    if name is None:
        return {}
    pair = f"{unquote(name)}:{unquote(password or '')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
