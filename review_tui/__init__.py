"""The review queue: a terminal app, and its plain-text twin, over `agent.queue`.

Knows the queue's rules only through `agent.queue`; knows no SQL, no model and no vector store. Importing this package loads
nothing heavy: `review_tui.launch.run` opens the app.
"""
