"""Trying to prove a case wrong, then to complete it: searches for what speaks against it, and a bounded hunt for what is missing.

Both hand over proposals, which are verified like any other. Neither can grade.
"""
