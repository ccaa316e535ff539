"""Bars on the wire: Arrow IPC streams, read and written batch by batch."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from .errors import ConnectionFailed, UnexpectedAnswer

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

BATCH_ROWS = 65_536
"""How many bars are sent in a batch at most."""

_BUFFER_BYTES = 1 << 20

_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""The mark at the end of a whole stream. Readers take a stream without it, so a cut one would pass for short."""


def read_stream(chunks: Iterable[bytes]) -> pa.Table:
    """Reads a table from the chunks of a stream, as they arrive.

    Raises:
        ConnectionFailed: when the stream ends before its end mark.
        UnexpectedAnswer: when it is no Arrow stream.
    """
    body = _Body(chunks)
    source = io.BufferedReader(body, _BUFFER_BYTES)
    try:
        with pa.ipc.open_stream(source) as reader:
            table = reader.read_all()
        while source.read(_BUFFER_BYTES):
            pass
    except (pa.ArrowInvalid, EOFError, OSError) as error:
        # A message that breaks off is malformed to Arrow; whether it broke off shows at the end of what came.
        if body.exhausted and body.tail != _END:
            raise ConnectionFailed(f"the bars broke off after {body.bytes:,} bytes") from error
        raise UnexpectedAnswer(f"the answer is no Arrow stream: {error}") from error
    if body.tail != _END:
        raise ConnectionFailed(f"the bars broke off after {body.bytes:,} bytes")
    return table


def write_stream(table: pa.Table) -> Iterator[bytes]:
    """Writes a table as a stream, in chunks of one batch."""
    sink = _Sink()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


def stream_bytes(table: pa.Table) -> int:
    """Returns how many bytes `write_stream` makes of a table, without making them."""
    sink = pa.MockOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, BATCH_ROWS)
    return int(sink.size())


class _Body(io.RawIOBase):
    """A file that is read from chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self.tail = b""
        self.bytes = 0
        self.exhausted = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.exhausted = True
                return 0
            self.bytes += len(chunk)
            self.tail = (self.tail + chunk[-len(_END) :])[-len(_END) :]
            self._rest = memoryview(chunk)
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _Sink(io.RawIOBase):
    """A file that keeps what is written to it until it is taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        chunk = bytes(data)
        self._chunks.append(chunk)
        return len(chunk)

    def take(self) -> bytes:
        """Returns what has been written since the last time."""
        taken = b"".join(self._chunks)
        self._chunks.clear()
        return taken
