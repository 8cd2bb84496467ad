"""The nodes of a Ray cluster work on one night (`pip install 'earned[scale]'`). Ray places one worker on each node and begins it again
elsewhere when the node dies; who does which account, and whether it still may, is decided in the team's database as always.

Ray's ports have no login: a cluster belongs into a private network. Nothing secret is sent through it; every node has its own
EARNED_DATABASE and keys in the environment of its `ray start`.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from agent.errors import ConfigurationError, UsageError
from agent.nightly.crews import Job, Toolbox, Trouble, work

LOCAL: Final = "local"
RETRIES: Final = 3
"""How often Ray begins a worker again whose node or process died."""
_QUIET: Final = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


@dataclass(frozen=True, slots=True)
class RayNodes:
    """Workers on the nodes of the cluster that this process has joined (`joined`)."""

    size: int
    toolbox: Toolbox
    nodes: tuple[str, ...]
    """Ids of the nodes that were alive."""

    @contextmanager
    def begin(self, job: Job) -> Iterator[Placed]:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        begun = {}
        for number in range(self.size):
            # Soft: where the node is gone, any other will do. A worker waits more than it works, so it claims no core.
            place = NodeAffinitySchedulingStrategy(self.nodes[number % len(self.nodes)], soft=True)
            remote = ray.remote(num_cpus=0, max_retries=RETRIES, scheduling_strategy=place)(_main)
            begun[remote.remote(job)] = f"ray worker {number + 1}"
        placed = Placed(begun)
        try:
            yield placed
        finally:
            for reference in placed.under_way:
                with suppress(Exception):
                    ray.cancel(reference, force=True)


@dataclass(slots=True)
class Placed:
    """Workers by the reference of what they will return."""

    under_way: dict[Any, str]

    def working(self) -> bool:
        return bool(self.under_way)

    def ended(self) -> list[tuple[str, Trouble | None]]:
        import ray

        done, _ = ray.wait(list(self.under_way), num_returns=len(self.under_way), timeout=0) if self.under_way else ([], [])
        found = []
        for reference in done:
            name = self.under_way.pop(reference)
            try:
                found.append((name, ray.get(reference)))
            except Exception as error:  # noqa: BLE001 - a node that died too often, or an engine that did
                found.append((name, Trouble(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")))
        return found


def _main(job: Job) -> Trouble | None:
    # A name of its own for every start: one that is begun again must not extend what its predecessor held.
    return work(job, f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}")


@contextmanager
def joined(address: str, toolbox: Toolbox, *, team: bool, size: int | None = None) -> Iterator[RayNodes]:
    """Join the cluster whose head is at `address` (HOST:PORT), or make one of this machine alone (`local`), for as long as the block
    lasts. `size`: workers; one on each node where it is None. Raises ConfigurationError or UsageError with what to do.
    """
    if address != LOCAL and not team:
        raise ConfigurationError(
            "Several machines need a database that all of them reach, and this home's store is a file.",
            "Set EARNED_DATABASE to a PostgreSQL database (README, Team mode), or use --ray local.",
        )
    if address.startswith("ray://"):
        raise UsageError("Ray's client address cannot be used.", "Give the head's own, HOST:6379, from a machine of the cluster.")
    if importlib.util.find_spec("ray") is None:
        raise ConfigurationError("--ray needs Ray, which is not installed.", "Install it: pip install 'earned[scale]'.")
    os.environ |= {name: value for name, value in _QUIET.items() if name not in os.environ}
    if address == LOCAL:
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # binds to loopback
    import ray

    given: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"} if address == LOCAL else {}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if address != LOCAL:
            _reach(address)
        ray.init(address, logging_level="ERROR", log_to_driver=False, **given)
    except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        said = (str(error).splitlines() or [""])[0]
        raise ConfigurationError(
            f"No Ray cluster answers at {address}: {said}",
            "Start its head (`ray start --head`) and join this machine (`ray start --address HOST:6379`), or use --ray local.",
        ) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray puts its own in this place
    try:
        nodes = tuple(node["NodeID"] for node in ray.nodes() if node["Alive"])
        yield RayNodes(size or len(nodes), toolbox, nodes)
    finally:
        ray.shutdown()


def _reach(address: str) -> None:
    """Whether anything listens there: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("it is not of the form HOST:PORT")
    socket.create_connection((host.strip("[]"), int(port)), timeout=10.0).close()
