"""From records to proposed signals. `offline` needs no network; whatever proposes, `agent.verification` decides what the source holds."""
