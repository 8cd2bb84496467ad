"""What is remembered: accounts, signals, hypotheses and their revisions, decisions, runs and finished work, in SQL.

`open_store` opens a home; the modules here hold the queries, one module for each thing that is stored.
"""

from agent.store.engine import Store, open_store

__all__ = ["Store", "open_store"]
