"""The texts that models and drafts are made of: versioned files, and a loader that knows their hashes. Knows nothing else."""

from prompts.loader import PromptError, Wording, wording

__all__ = ["PromptError", "Wording", "wording"]
