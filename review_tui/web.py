"""`earned review --web`: the same app in a browser on this machine, through textual-serve (extra `web`).

There is no login: whoever can reach the port and knows the address decides as the one who started it. So it listens on a loopback
address only, the address holds a secret of 128 bits that is new at each start, other sites' pages cannot connect (origin and host
are checked), and the page may load nothing from elsewhere. One session is one process, which ends with its page or with the server.
The page is a picture of a terminal: screen readers find no text in it; `--plain` is for them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from agent.errors import ConfigurationError, StoreError, UsageError

if TYPE_CHECKING:
    from aiohttp import web

POLICY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self' ws: ; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every answer. The page of textual-serve asks for a font of a third party; with this the browser does not."""


def serve(command: Sequence[str], *, host: str, port: int) -> int:
    """Serve `command`, a run of this app, until ctrl+c. Raises UsageError for a host that is not this machine, ConfigurationError
    where textual-serve is not installed, StoreError for a port that is taken."""
    check_host(host)
    try:
        server = _server(command, host, port)
    except ImportError as error:
        raise ConfigurationError(
            f"`earned review --web` needs textual-serve ({error.name} is not installed).", "pip install 'earned[web]'"
        ) from error
    try:
        server.serve()
    except OSError as error:
        raise StoreError(f"Port {port} of {host} cannot be used: {error.strerror}.", "Choose another one with --port.") from error
    return 0


def check_host(host: str) -> None:
    """Raises UsageError unless the address is one of this machine alone."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"{host!r} is not a loopback address: everybody who reached it would decide in your name.",
            "Use 127.0.0.1, and ssh -L or an authenticating proxy to reach it from elsewhere.",
        )


def _server(command: Sequence[str], host: str, port: int):  # type: ignore[no-untyped-def] # its class exists with the extra only
    from aiohttp import web
    from textual_serve.server import Server

    class Loopback(Server):
        """Textual's server behind a secret path."""

        def __init__(self) -> None:
            name = f"[{host}]" if ":" in host else host
            self.authority = f"{name}:{port}"
            self.secret = secrets.token_urlsafe(16)
            # `exec`: the shell that the server starts must not stand between it and the app when a signal comes.
            super().__init__(
                f"exec {shlex.join(command)}", host=host, port=port, title="earned review", public_url=f"http://{self.authority}"
            )
            self.sessions: set[asyncio.Task[object]] = set()

        async def _make_app(self) -> web.Application:
            inner = await super()._make_app()
            inner.middlewares.append(self._guard)
            inner.on_response_prepare.append(self._headers)
            outer = web.Application()
            outer.add_subapp(f"/{self.secret}/", inner)
            return outer

        @web.middleware
        async def _guard(self, request: web.Request, handler: object) -> web.StreamResponse:
            """Only requests that a page of this server makes: no other site by name (DNS rebinding) or by script."""
            origin = request.headers.get("Origin")
            if request.host != self.authority or (origin is not None and origin != self.public_url):
                raise web.HTTPForbidden(text="Not from here.")
            if request.path.endswith("/ws") and origin is None:
                raise web.HTTPForbidden(text="Not from here.")
            return await handler(request)  # type: ignore[operator,no-any-return]

        async def _headers(self, request: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(POLICY)

        async def on_startup(self, app: web.Application) -> None:
            """Nothing: the address is told once it is open."""

        def serve(self, debug: bool = False) -> None:
            web.run_app(
                self._make_app(), host=self.host, port=self.port, print=self._opened, access_log=None, shutdown_timeout=5.0
            )

        def _opened(self, _framework_says: str) -> None:
            print(f"Serving on this machine only: {self.public_url}/{self.secret}/", file=sys.stderr)
            print("Whoever opens that address decides as you. ctrl+c ends it.", file=sys.stderr, flush=True)

        async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
            task = asyncio.current_task()
            assert task is not None, "a request is handled in a task"
            self.sessions.add(task)
            try:
                return await super().handle_websocket(request)
            finally:
                self.sessions.discard(task)

        async def on_shutdown(self, app: web.Application) -> None:
            """End every session: each tells its process to quit, which saves what waits to be saved."""
            for task in list(self.sessions):
                task.cancel()
            await asyncio.gather(*self.sessions, return_exceptions=True)

    return Loopback()
