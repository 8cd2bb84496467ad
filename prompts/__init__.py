"""The texts that models and drafts are made of: versioned files, and loaders that know their hashes. Knows nothing else."""

from prompts.library import Prompt, fenced, prompt
from prompts.loader import PromptError, Wording, wording

__all__ = ["Prompt", "PromptError", "Wording", "fenced", "prompt", "wording"]
