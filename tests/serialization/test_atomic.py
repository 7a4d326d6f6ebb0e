"""Saving replaces a file whole or not at all, also when the process is killed."""

import io
import os
import random
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest

from minitorch_nlp.serialization import load, save
from minitorch_nlp.serialization.atomic import replace_file
from minitorch_nlp.tensor.tensor import Tensor

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.pt"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"half of the new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(path, write)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.pt"]


def test_what_cannot_be_pickled_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.pt"
    save({"step": 1}, path)
    before = path.read_bytes()
    with pytest.raises(Exception, match="lambda"):
        save({"step": 2, "function": lambda: 0}, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.pt"]


def test_the_new_file_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    events = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, real=real, name=name: (events.append(name), real(*a)))
    save({"step": 1}, tmp_path / "a.pt")
    assert events == ["fsync", "replace", "fsync"] if os.name == "posix" else ["fsync", "replace"]


@posix
def test_modes_links_and_special_files(tmp_path):
    path, link = tmp_path / "a.pt", tmp_path / "link.pt"
    mask = os.umask(0o027)
    try:
        save(1, path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    link.symlink_to(path)
    save(2, link)
    assert link.is_symlink()
    assert load(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # so that opening it for writing does not wait
    try:
        save({"step": 3}, path)
        received = os.read(reader, 1 << 16)
    finally:
        os.close(reader)
    assert load(io.BytesIO(received)) == {"step": 3}
    assert stat.S_ISFIFO(path.stat().st_mode)


SAVER = """
import sys, time
import numpy as np
from minitorch_nlp.serialization import save, zipfile_format
from minitorch_nlp.tensor.tensor import Tensor

class Slow:
    def __init__(self, out):
        self.out = out

    def write(self, data):
        time.sleep(0.002)
        done = self.out.write(data[:10_000])
        self.out.flush()
        return done

write_all = zipfile_format.write_all
zipfile_format.write_all = lambda out, data: write_all(Slow(out), data)
step = int(sys.argv[2])
values = np.zeros(100_000, np.float32)
while True:
    step += 1
    values[:] = step
    save({"step": step, "values": Tensor._wrap(values)}, sys.argv[1])
    print("saved", flush=True)
"""


@posix
def test_a_killed_process_never_damages_the_file(tmp_path):
    path = tmp_path / "a.pt"
    save({"step": 0, "values": Tensor._wrap(np.zeros(100_000, np.float32))}, path)
    draw = random.Random(5)
    step = halves = 0
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", SAVER, str(path), str(step)], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"saved\n"
        time.sleep(draw.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        state = load(path)
        assert state["step"] > step
        assert np.all(state["values"].array == state["step"])
        step = state["step"]
        for name in os.listdir(tmp_path):
            if name != "a.pt":
                halves += 1
                os.unlink(tmp_path / name)
    assert halves > 0, "no process was killed in the middle of a save"
