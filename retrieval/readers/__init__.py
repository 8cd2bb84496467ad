"""Exports to records: every format that a book of business comes in, read without losing a word or guessing a voice."""
