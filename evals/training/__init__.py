"""Trains the offline extractor's classifier on the training books' labels, and measures it on accounts it has not seen."""
