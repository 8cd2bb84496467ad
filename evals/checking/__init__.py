"""Checks of a labelled book against `evals/datasets/GUIDE.md`: its tables, its sources, its labels. Standard library only."""
