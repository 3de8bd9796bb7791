"""Owns what processes take of the machine: processor time and memory, of a program and all it started."""

import psutil

MEGABYTE = 1_000_000


class Meter:
    """Reads off what some programs take, each with all its processes."""

    def __init__(self, *pids: int, children: bool = True) -> None:
        """Watch these; without ``children`` what they have started is another's."""
        roots = [psutil.Process(pid) for pid in pids]
        started = [each for root in roots for each in root.children(recursive=True)] if children else []
        self._processes = [*roots, *started]

    def seconds(self) -> float:
        """Give the processor time they have taken so far."""
        times = [process.cpu_times() for process in self._processes]
        return sum(time.user + time.system for time in times)

    def resident(self) -> float:
        """Give the megabytes the largest of them holds in memory."""
        return max(process.memory_info().rss for process in self._processes) / MEGABYTE
