"""Widgets that draw lines. They know roles and offsets; no store, no rules."""
