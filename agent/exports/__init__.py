"""What leaves the tool for other systems: revisions that a person approved, as they were approved, and nothing else.

`approved` reads them; `csv_rows`, `json_rows` and `blocks` put them into a format; `files` writes them so that nobody sees half a file.
"""

from agent.exports.approved import Approvals, Approved, approved
from agent.exports.crm import csv_text
from agent.exports.files import write_atomic
from agent.exports.pages import blocks
from agent.exports.rows import json_text

__all__ = ["Approvals", "Approved", "approved", "blocks", "csv_text", "json_text", "write_atomic"]
