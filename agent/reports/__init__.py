"""Pages that leave the tool: the account plan, the manager's weekly inspection, the last run. Pure; Markdown and HTML, all escaped."""
