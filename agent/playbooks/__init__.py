"""Playbooks: thresholds and templates in a reviewed file, that open a hypothesis or a task and never prove one (R148).

    fired(read_playbooks(path), situations(store, today), today)

Nothing here is stored, and nothing here sets or moves a grade: only the customer's own words do, through `agent.readiness`.
"""
