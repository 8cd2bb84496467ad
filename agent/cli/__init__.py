"""The command line: the composition root, where rooms meet. Nothing heavy is imported until a command runs.

Talk goes to stderr and data to stdout; exit codes are `agent.errors.Exit` (cli.md).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from agent.errors import DiskFull, EarnedError, Exit, is_full


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from agent.cli.parser import build

    parser = build()
    options = parser.parse_args(argv)
    if not hasattr(options, "command"):
        parser.print_help()
        return Exit.OK
    try:
        code = _dispatch(options)
        sys.stdout.flush()  # what cannot be written is told here, and not by the interpreter as it ends
        return code
    except EarnedError as error:
        return _told(error)
    except KeyboardInterrupt:
        print("earned: interrupted; finished accounts are kept.", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone away (`| head`): nothing is wrong. Keep the interpreter from complaining at exit.
        sys.stderr.close()
        return Exit.OK
    except OSError as error:
        if not is_full(error):
            raise
        _give_up_output()
        return _told(DiskFull(str(error.filename or "")))


def _told(error: EarnedError) -> int:
    print(f"earned: {error.what}", file=sys.stderr)
    if error.remedy:
        print(f"  {error.remedy}", file=sys.stderr)
    return error.exit_code


def _give_up_output() -> None:
    """Drop what is still to be written to a full disk, or the interpreter tries again as it ends and changes the exit code."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


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
