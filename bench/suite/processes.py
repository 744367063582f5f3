"""Processes that are measured: their start, their CPU time and their memory."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
WORK = ROOT / "build" / "bench"


class Failed(Exception):
    """A benchmark could not do its work: a sentence for the user."""


def run(*command, **options):
    """The standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def empty_directory(name):
    path = WORK / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


class Process:
    """A child that is killed at the end of its `with` block, if not before."""

    def __init__(self, name, command, **options):
        WORK.mkdir(parents=True, exist_ok=True)
        self.log = WORK / f"{name}.log"
        self.command, self.options = [str(word) for word in command], options
        self.start()

    def start(self):
        """Again, after it was stopped or killed, with the same command."""
        self.started = time.monotonic()
        with open(self.log, "w") as out:
            self.child = subprocess.Popen(self.command, stdout=out, stderr=out, **self.options)

    def stop(self, patience=20):
        """Whether it ended by itself within `patience` seconds of SIGTERM; it has ended anyway."""
        self.child.terminate()
        try:
            self.child.wait(patience)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def kill(self):
        self.child.kill()
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_for(self, ready, patience=60, every=0.01):
        """Seconds from the start of the process until ready() returns something true."""
        while not ready():
            if self.child.poll() is not None:
                raise Failed(f"{self.log} tells why a process ended at once")
            if time.monotonic() - self.started > patience:
                raise Failed(f"not ready after {patience} s: see {self.log}")
            time.sleep(every)
        return time.monotonic() - self.started

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_percent(self, seconds):
        """Of one core, over the next `seconds`."""
        before = self.cpu_seconds()
        time.sleep(seconds)
        return 100 * (self.cpu_seconds() - before) / seconds

    def disk_reads_gb(self):
        """What it has read so far that was not in the page cache."""
        for line in Path(f"/proc/{self.child.pid}/io").read_text().splitlines():
            if line.startswith("read_bytes:"):
                return int(line.split()[1]) / 1e9
        raise Failed("the process has read nothing")

    def resident_mb(self):
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise Failed("the process has no memory")


def recycle_pages(run_bytes):
    """Leaves the page cache enough free pages that were in use just now.

    A virtual machine pays its host some 10 us for each page that it has not used before, which
    would be charged to whichever broker comes to write into it."""
    scratch = WORK / "recycled"
    block = bytes(1 << 20)
    with open(scratch, "wb") as out:
        for _ in range((run_bytes * 3 // 2 + (256 << 20)) // len(block)):
            out.write(block)
    scratch.unlink()
