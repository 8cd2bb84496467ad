"""Screens: the queue, and the dialogs that it opens."""
