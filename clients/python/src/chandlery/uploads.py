"""Price files on their way to the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from errno import ENOENT
from io import SEEK_END, SEEK_SET, UnsupportedOperation
from os import PathLike, strerror, walk
from pathlib import Path
from typing import Any, BinaryIO

from .transport import Transport, json_of

PathText = str | PathLike[str]

_NO_PRICES = (".rejected.csv", ".CHECKSUM")
"""How files end that lie beside price files and are left out of folders."""


class ImportFile:
    """A file and the name under which it is sent.

    It is open only while it is being read, as a folder may hold more files than may be open at once.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._open: BinaryIO | None = None

    def read(self, size: int = -1) -> bytes:
        """Reads the next bytes; none at the end."""
        if self._open is None:
            self._open = self.path.open("rb")
        chunk = self._open.read(size)
        if not chunk:
            self.close()
        return chunk

    def tell(self) -> int:
        """Tells where reading has got to."""
        return 0 if self._open is None else self._open.tell()

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Goes back to the beginning, or tells the size when it is asked for the end."""
        if whence == SEEK_END:
            return self.path.stat().st_size
        if offset:
            raise UnsupportedOperation("an import's file is read from its beginning")
        self.close()
        return 0

    def close(self) -> None:
        """Closes the file; reading begins anew."""
        if self._open is not None:
            self._open.close()
            self._open = None


def files_of(paths: PathText | Iterable[PathText]) -> list[ImportFile]:
    """Returns the files that are meant, those of folders with their path from the folder on, in order.

    Raises:
        ValueError: when there are none, or two of them have one name, by which the server tells them apart.
        OSError: when one is not there.
    """
    several = [paths] if isinstance(paths, str | PathLike) else list(paths)
    files = [file for path in several for file in _files_at(Path(path))]
    if not files:
        raise ValueError("there are no files to import")
    (name, count) = Counter(file.name for file in files).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{count} files are called {name}; import them one after the other")
    return files


def _files_at(path: Path) -> Iterator[ImportFile]:
    if not path.is_dir():
        if not path.exists():
            raise FileNotFoundError(ENOENT, strerror(ENOENT), str(path))
        yield ImportFile(path, path.name)
        return
    # Some dialects keep the symbol or the market in the names of folders.
    root = path.resolve()
    for folder, folders, names in walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_NO_PRICES):
                file = Path(folder, name)
                yield ImportFile(file, file.relative_to(root.parent).as_posix())


def upload(transport: Transport, files: list[ImportFile], params: Mapping[str, Any]) -> Any:
    """Sends files and returns the JSON of the import that the server has begun."""
    parts = [("file", (file.name, file, "application/octet-stream")) for file in files]

    def once() -> Any:
        try:
            with transport.open("POST", "/imports", params=params, files=parts) as response:
                response.read()
                return json_of(response)
        finally:
            for file in files:
                file.close()

    return transport.attempt(once, repeatable=False)
