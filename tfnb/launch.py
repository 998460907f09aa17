"""`tfnb run`: a script in several processes that meet each other, and again from the last checkpoint if one is lost.

    tfnb run --processes 4 --restarts 2 train.py --steps 1000

Each process gets where to meet in its environment; `tf.Session(mesh={"data": 4})` in the script does the rest.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from typing import IO

__all__ = ["free_port", "run"]

GRACE = 15.0  # seconds the others have to end by themselves once one has failed


def run(command: list[str], processes: int, devices: int = 1, restarts: int = 0) -> int:
    """Runs a script (its path and arguments) in `processes` processes of `devices` CPU devices; the exit status is returned.

    Where one fails, the others are ended and all are started again, `restarts` times at most.
    """
    for attempt in range(restarts + 1):
        status = _once(command, processes, devices)
        if status == 0 or attempt == restarts:
            return status
        print(f"tfnb run: start {attempt + 2} of {restarts + 1}", file=sys.stderr, flush=True)
    return status


def _once(command: list[str], processes: int, devices: int) -> int:
    meeting = f"127.0.0.1:{free_port()}"
    started = [_start(command, meeting, processes, n, devices) for n in range(processes)]
    try:
        return _watch(started)
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
            process.wait()


def _start(command: list[str], meeting: str, processes: int, number: int, devices: int) -> subprocess.Popen[str]:
    told = {"TFNB_COORDINATOR": meeting, "TFNB_PROCESSES": str(processes), "TFNB_PROCESS": str(number)}
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}".strip()
    process = subprocess.Popen([sys.executable, "-u", *command], env={**os.environ, "XLA_FLAGS": flags, **told}, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    assert process.stdout is not None
    threading.Thread(target=_echo, args=(process.stdout, number), daemon=True).start()
    return process


def _echo(lines: IO[str], number: int) -> None:
    for line in lines:
        print(f"[{number}] {line}", end="", flush=True)


def _watch(started: list[subprocess.Popen[str]]) -> int:
    """Waits for all to end; the first failure is told. Once one has failed, the others have some seconds to say so themselves."""
    failed, due = 0, float("inf")
    while True:
        ended = [(n, p.returncode) for n, p in enumerate(started) if p.poll() is not None]
        number, status = next((e for e in ended if e[1]), (0, 0))
        if status and not failed:
            failed, due = status, time.monotonic() + GRACE
            print(f"tfnb run: process {number} ended with status {status}", file=sys.stderr, flush=True)
        if len(ended) == len(started) or time.monotonic() > due:
            return failed
        time.sleep(0.05)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
