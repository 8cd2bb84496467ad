"""The command line: the composition root, where rooms meet. Nothing heavy is imported until a command runs.

Talk goes to stderr and data to stdout; exit codes are `agent.errors.Exit` (cli.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from agent.errors import EarnedError, Exit


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from agent.cli.parser import build

    parser = build()
    options = parser.parse_args(argv)
    if not hasattr(options, "command"):
        parser.print_help()
        return Exit.OK
    try:
        return _dispatch(options)
    except EarnedError as error:
        print(f"earned: {error.what}", file=sys.stderr)
        if error.remedy:
            print(f"  {error.remedy}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("earned: interrupted; finished accounts are kept.", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone away (`| head`): nothing is wrong. Keep the interpreter from complaining at exit.
        sys.stderr.close()
        return Exit.OK


def _dispatch(options: object) -> int:
    import importlib
    import signal

    def _terminated(_number: int, _frame: object) -> None:
        raise SystemExit(Exit.TERMINATED)

    signal.signal(signal.SIGTERM, _terminated)
    module = importlib.import_module(f"agent.cli.{options.command}")  # type: ignore[attr-defined]
    return int(module.run(options))


if __name__ == "__main__":
    sys.exit(main())
