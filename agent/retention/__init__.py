"""Keeping and letting go: erasure by account or person, backups, and putting a backup back."""
