"""Metrics as pure functions over values: no engine, no model, no files."""
