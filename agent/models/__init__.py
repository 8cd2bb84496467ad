"""Every call to a model goes through here: paid once, capped, paced, retried within bounds, and written down."""

from agent.models.choosing import Settings, open_session, settings
from agent.models.fanout import unordered
from agent.models.gateway import Gateway
from agent.models.outcomes import Answered, Coverage, Failed, Missed, Outcome, Reason, Usage
from agent.models.request import Message, Request
from agent.models.session import Session

__all__ = [
    "Answered",
    "Coverage",
    "Failed",
    "Gateway",
    "Message",
    "Missed",
    "Outcome",
    "Reason",
    "Request",
    "Session",
    "Settings",
    "Usage",
    "open_session",
    "settings",
    "unordered",
]
