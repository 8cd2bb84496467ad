"""`python -m agent` is `earned`."""

import sys

from agent.cli import main

sys.exit(main())
