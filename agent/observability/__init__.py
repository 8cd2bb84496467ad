"""What operations see of the nights: a structured log, metrics for Prometheus, and what changed between two runs.

Nothing here holds a customer's words: numbers, kinds, ids and owners only. `diff` is the exception that people ask for, by title.
"""
