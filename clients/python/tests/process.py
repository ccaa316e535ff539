"""The server as a process of its own, with a store that goes with the test."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

import pytest

BINARY = "CHANDLERY_TEST_BINARY"
STORE = "CHANDLERY_TEST_STORE"

START_SECONDS = 30
STOP_SECONDS = 30

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Runs the program that the environment names and gives its address.

    Its store is the empty one that the environment names, or one in `folder`.
    """
    binary = os.environ.get(BINARY)
    if not binary:
        pytest.fail(
            f"{BINARY} does not name a chandlery program to test against; "
            "`cargo xtask test` builds one and runs these tests with it",
            pytrace=False,
        )
    store = os.environ.get(STORE) or f"file:{folder / 'store'}"
    command = [binary, "serve", "--listen", "127.0.0.1:0", "--store", store]
    with (
        (folder / "log.txt").open("w+") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True, cwd=folder
        ) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _address(process: subprocess.Popen[str], log: IO[str]) -> str:
    lines: Queue[str | None] = Queue()

    # Reads on to the end, so that the server never waits for somebody to read what it says.
    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    Thread(target=listen, daemon=True).start()
    said = []
    try:
        while (line := lines.get(timeout=START_SECONDS)) is not None:
            said.append(line)
            if address := _ADDRESS.search(line):
                return address[0]
    except Empty:
        pass
    log.seek(0)
    pytest.fail(f"the server did not say its address; it said:\n{''.join(said)}{log.read()}", pytrace=False)
