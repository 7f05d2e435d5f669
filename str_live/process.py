"""What holds for a whole process: threads, the environment, and how uncaught errors are reported.

Each program calls one of the `prepare_to_` functions first, before anything is loaded, and nothing else in
the package sets any of it (tests/test_process.py checks that): networks are packed for the number of threads
at that time.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from str_live.addresses import public_text
from str_live.camera.environment import configure_opencv_environment

MAX_LIVE_THREADS = 8
CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""In a container: microseconds of all cores together in a period of so many, or 'max'."""

log = logging.getLogger("str_live")
Listener = Callable[[BaseException], None]
_listeners: list[Listener] = []


def prepare_to_run() -> None:
    """For whatever runs networks frame by frame: the window, headless runs, the bench, evaluations."""
    _prepare(live_threads())


def live_threads() -> int:
    """Threads for torch: all usable cores but two, which capture and display need.

    Work as small as one frame's gets many times slower where torch's threads have to wait for a core.
    """
    return max(1, min(usable_cores() - 2, MAX_LIVE_THREADS))


def prepare_to_train() -> None:
    """For trainings: with small tensors a thread that waits for a busy core costs more than it brings."""
    _prepare(max(1, usable_cores() // 2))


def prepare_to_share() -> None:
    """For one of several processes that work side by side: a core for each, software renderer included."""
    os.environ.setdefault("LP_NUM_THREADS", "1")  # Mesa's
    _prepare(1)


def prepare_to_compute() -> None:
    """For large batches with nothing beside them: extracting features, the paper's evaluation."""
    _prepare(usable_cores())


def _prepare(threads: int) -> None:
    configure_opencv_environment()
    import torch  # here: programs that end with a sentence about their arguments need not wait for it

    limit = os.environ.get("OMP_NUM_THREADS", "")
    torch.set_num_threads(min(threads, int(limit)) if limit.isdigit() and int(limit) else threads)


def usable_cores() -> int:
    """Cores that this process may use: fewer than the machine has in containers and with an affinity set."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        cores = len(os.sched_getaffinity(0))
    return max(1, min(cores, _container_limit() or cores))


def _container_limit() -> int:
    """Cores that the container may use, rounded up; 0 where there is no limit."""
    try:
        quota, period = CGROUP_LIMIT.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0
    return 0 if quota == "max" else -(-int(quota) // int(period))


def report_everything(level: int) -> None:
    """Log every uncaught error, in any thread and in native code, and pass it to the listeners.

    Without such a hook, an exception that leaves a slot of PyQt6 aborts the whole process.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_PublicFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    if sys.stderr is not None:
        faulthandler.enable()

    def thread_failed(arguments: threading.ExceptHookArgs) -> None:
        thread = f"the thread {arguments.thread.name}" if arguments.thread else "a thread"
        if arguments.exc_value is not None:
            report(arguments.exc_value, thread)

    sys.excepthook = lambda kind, error, trace: report(error, "the program")
    threading.excepthook = thread_failed


class _PublicFormatter(logging.Formatter):
    """Removes the secrets of addresses from all messages and tracebacks, other libraries' too."""

    def format(self, record: logging.LogRecord) -> str:
        return public_text(super().format(record))


def report(error: BaseException, where: str) -> None:
    """Log an uncaught error and pass it to the listeners. `where` names the thread in the message."""
    if isinstance(error, KeyboardInterrupt):
        return
    log.critical("%s failed", where, exc_info=error)
    for listener in list(_listeners):
        listener(error)


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` with each uncaught error, on the thread where it happened; returns what ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
