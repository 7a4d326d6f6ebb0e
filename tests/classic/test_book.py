"""`minitorch-nlp run --book`: scripts with the book's imports, in real processes."""

import subprocess
import sys

SCRIPT = """
import sys
sys.path.append('..')  # the book's own folders, which are not there
import numpy as np
from common import config
from common.np import *
from common.functions import softmax
from common.layers import *
from common.time_layers import *
from common.base_model import BaseModel
from common.optimizer import SGD, Adam
from common.trainer import Trainer, RnnlmTrainer
from common.util import clip_grads, preprocess, most_similar, to_cpu, to_gpu
from dataset import spiral, ptb
from dataset import sequence
import dataset.spiral, common.util
import minitorch_nlp.classic.layers

assert Affine is minitorch_nlp.classic.layers.Affine and dataset.spiral is spiral
assert not GPU and not config.GPU
assert {'TimeLSTM', 'TimeSoftmaxWithLoss', 'Embedding', 'NegativeSamplingLoss', 'softmax', 'sigmoid', 'cross_entropy_error'} <= set(globals())

class Net(BaseModel):
    def __init__(self):
        rn = np.random.randn
        self.layers = [Affine(0.01 * rn(2, 10), np.zeros(10)), Sigmoid(), Affine(0.01 * rn(10, 3), np.zeros(3))]
        self.loss_layer = SoftmaxWithLoss()
        self.params, self.grads = [], []
        for layer in self.layers:
            self.params += layer.params
            self.grads += layer.grads
    def forward(self, x, t):
        for layer in self.layers:
            x = layer.forward(x)
        return self.loss_layer.forward(x, t)
    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)

x, t = spiral.load_data()
trainer = Trainer(Net(), SGD(lr=1.0))
trainer.fit(x, t, max_epoch=5, batch_size=30, eval_interval=10)
import matplotlib
matplotlib.use('Agg')
trainer.plot()
"""


def start(folder, *arguments):
    command = [sys.executable, "-W", "error", "-m", "minitorch_nlp.run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)


def test_a_script_of_the_book(tmp_path):
    folder = tmp_path / "ch01"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    done = start(folder, "--book", "train.py")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "| epoch 1 |  iter 1 / 10 | time 0[s] | loss 1.10"
    assert len(lines) == 6
    assert (folder / "loss.png").exists()
    without = start(folder, "train.py")
    assert without.returncode == 1
    assert "No module named 'common'" in without.stderr


def test_ours_come_first_and_what_is_not_there_is_missing(tmp_path):
    common = tmp_path / "common"
    common.mkdir()
    (common / "__init__.py").write_text("")
    (common / "layers.py").write_text("raise SystemExit('the one on the path')")
    (tmp_path / "script.py").write_text("""
from common.layers import MatMul
print(MatMul.__module__)
for line in ('from common.layers import Convolution', 'import common.gradient'):
    try:
        exec(line)
    except ImportError as error:
        print(error)
import torch
print(torch.ones(1))
""")
    done = start(tmp_path, "--book", "script.py")
    lines = done.stdout.splitlines()
    assert lines[0] == "minitorch_nlp.classic.layers", done.stderr
    assert lines[1].startswith("cannot import name 'Convolution'")
    assert lines[2] == "No module named 'common.gradient'"
    assert lines[3] == "tensor([1.])"
