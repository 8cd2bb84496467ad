"""Exports in, records with voice and offsets out; passages, embeddings and search over them.

Knows file formats and text. Knows nothing of signals, hypotheses, models or the queue.
Import what you need from the module that is named after it; importing this package loads nothing heavy.
"""
