"""What one command costs: wall, CPU and peak memory of it and of every process that it starts."""
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass
class Cost:
    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0  # bytes: the peak resident sizes of all processes, added up

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def _tree(pid):
    """A process and all below it."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as f:
                    found += [int(child) for child in f.read().split() if int(child) not in found]
        except OSError:
            pass
    return found


def _high_water(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(argv, out=None, memory=False, env=None, ok=(0,)):
    """Runs to the end. rusage from wait4 is of the command and of all children that it waited for. `memory` samples every process's own
    high-water mark every 5 ms and adds the last of each: pages that processes share count in each of them."""
    peaks, stop = {}, threading.Event()

    def sample(pid):
        while not stop.wait(0.005):
            for one in _tree(pid):
                peaks[one] = max(peaks.get(one, 0), _high_water(one))

    with open(out or os.devnull, "wb") as target:
        begin = time.monotonic()
        process = subprocess.Popen(argv, stdout=target, env=env)
        if memory:
            watcher = threading.Thread(target=sample, args=(process.pid,))
            watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if memory:
        stop.set()
        watcher.join()
        peaks[process.pid] = max(peaks.get(process.pid, 0), usage.ru_maxrss * 1024 if len(peaks) <= 1 else 0)
    if process.returncode not in ok:
        raise SystemExit(f"{' '.join(argv)}: exit {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, sum(peaks.values()))


def settled_copy(source, target):
    """A copy that the disk has, so that what is timed next does not wait for it."""
    for leftover in ("-wal", "-shm", "-journal", "-lock"):
        if os.path.exists(target + leftover):
            os.unlink(target + leftover)
    shutil.copyfile(source, target)
    with open(target, "rb+") as f:
        os.fsync(f.fileno())


def sync_calls(argv):
    """fsync and fdatasync of a command and its children, or None without strace."""
    if not shutil.which("strace"):
        return None
    done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", "/dev/stderr", *argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return None
    return sum(1 for line in done.stderr.splitlines() if "sync(" in line and "unfinished" not in line)


def instructions(argv, function=None):
    """Instructions of a command's own process, or of one function and what it calls; None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] + ([f"--toggle-collect={function}"] if function else [])
    done = subprocess.run(words + argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in done.stderr.splitlines():
        if "Collected :" in line:
            return int(line.split(":")[1])
    return None
