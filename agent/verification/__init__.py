"""Quotes are checked against the source, and replaced by the source's own words, before anything may rest on them."""

from agent.verification.clips import sentence_around
from agent.verification.diagnosis import Reason, Rejected
from agent.verification.document import DocumentText
from agent.verification.verify import Status, Verified, verify

__all__ = ["DocumentText", "Reason", "Rejected", "Status", "Verified", "sentence_around", "verify"]
