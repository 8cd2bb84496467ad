"""Bytes to text: size cap, compression, encodings, and links that lead out of a book."""

from __future__ import annotations

import gzip
import io
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from retrieval.records import Problem

MAX_BYTES = 200 * 1024 * 1024
"""A file above this (also after decompression) is reported and not read."""
ACCOUNT_BYTES = 64 * 1024 * 1024
"""The same of one account's own file, of which all becomes records at once: a transcript takes some 15 bytes of memory a byte, and
this is a thousand hours of talk."""


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's decoded text ("" where it could not be read), its name for people, and what was wrong with it."""

    name: str
    text: str
    problems: tuple[Problem, ...] = ()

    @property
    def readable(self) -> bool:
        return not any(problem.field is None and problem.line is None for problem in self.problems)


def read_file(path: Path, root: Path | None = None, account_id: str | None = None) -> FileText:
    """Read and decode one file, gzip included; every failure is a `Problem`, none an exception.

    `root`: the book; a link that resolves outside it is refused.
    """
    name = file_name(path, root)

    most = MAX_BYTES if account_id is None else min(MAX_BYTES, ACCOUNT_BYTES)

    def refuse(why: str, remedy: str) -> FileText:
        return FileText(name, "", (Problem(name, why, remedy, account_id=account_id),))

    try:
        if root is not None and leaves(path, root):
            return refuse("a link that leads out of the book", "Copy the file itself into the book")
        facts = path.stat()
        if root is not None and not stat.S_ISREG(facts.st_mode):
            return refuse("not a file but a folder, a pipe or a device", "Put the file itself into the book")
        if facts.st_size > most:
            return refuse(f"larger than {most // 2**20} MB", "Split the export")
        with path.open("rb") as stream:
            data = stream.read(most + 1)  # it may have grown since
        if len(data) > most:
            return refuse(f"larger than {most // 2**20} MB", "Split the export")
        if data[:2] == b"\x1f\x8b":
            data = _unzipped(data, most)
            if len(data) > most:
                return refuse(f"larger than {most // 2**20} MB when unpacked", "Split the export")
    except FileNotFoundError:
        return refuse("there is no such file", "Check the path")
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return refuse(f"cannot be read ({_why(error)})", "Check the file and its permissions, or export it again")
    text, why, line = decode(data)
    problems = (Problem(name, why, "Export it as UTF-8", line=line, account_id=account_id),) if why else ()
    return FileText(name, text, problems)


def file_name(path: Path, root: Path | None) -> str:
    """The path as people see it: relative to the book, with `/`."""
    if root is not None:
        try:
            return path.relative_to(root).as_posix()
        except ValueError:
            pass
    return path.as_posix()


def leaves(path: Path, root: Path) -> bool:
    """Whether a path, its links followed, ends outside `root`."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return True


def decode(data: bytes) -> tuple[str, str | None, int | None]:
    """(text, what was wrong if anything, its line). Byte-order marks first, then UTF-8, then cp1252 where UTF-8 is unlikely."""
    text, why, line = _decoded(data)
    if why is None and (at := text.find("\0")) >= 0:
        return text, "NUL characters, which no text has", text[:at].count("\n") + 1
    return text, why, line


def _decoded(data: bytes) -> tuple[str, str | None, int | None]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return (data[3:] if encoding == "utf-8" else data).decode(encoding), None, None
            except UnicodeDecodeError as error:
                text = (data[3:] if encoding == "utf-8" else data).decode(encoding, "replace")
                return text, f"bytes that are not {encoding.upper()}, kept as �", data[: error.start].count(b"\n") + 1
    if b"\0" in data:
        return _with_nul(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        # Mostly valid UTF-8 with a damaged byte is repaired; text with no valid multi-byte character at all is cp1252.
        if re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", data):
            return data.decode("utf-8", "replace"), "bytes that are not UTF-8, kept as �", line
        return data.decode("cp1252", "replace"), None, None
    return text, None, None


def _with_nul(data: bytes) -> tuple[str, str | None, int | None]:
    """No text has NUL: most likely it is UTF-32 or UTF-16 without its mark, whole or damaged; else the file itself is."""
    sample = data[:4096]
    if sample.count(0) >= len(sample) // 3 and len(sample) >= 4:
        if sample.count(0) >= len(sample) * 2 // 3:
            low_first = sample[3::4].count(0) >= sample[::4].count(0)
            names = ("utf-32-le", "utf-32-be") if low_first else ("utf-32-be", "utf-32-le")
        else:
            low_first = sample[1::2].count(0) > sample[::2].count(0)
            names = ("utf-16-le", "utf-16-be") if low_first else ("utf-16-be", "utf-16-le")
        for name in names:
            try:
                return data.decode(name).removeprefix("\ufeff"), None, None
            except UnicodeDecodeError:
                continue
        kind = names[0].rpartition("-")[0]
        return data.decode(names[0], "replace").removeprefix("\ufeff"), f"bytes that are not {kind.upper()}, kept as �", 1
    return data.decode("utf-8", "replace"), None, None


def _unzipped(data: bytes, most: int) -> bytes:
    with gzip.open(io.BytesIO(data)) as stream:
        return stream.read(most + 1)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip().rstrip(".")
