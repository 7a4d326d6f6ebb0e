"""Training loops for models with ``params``, ``grads``, ``forward(x, t)`` -> loss and ``backward()``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from ..backend import Array
from .np import np
from .util import clip_grads

__all__ = ["RnnlmTrainer", "Trainer", "remove_duplicate"]

WITHOUT_DISPLAY = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


class Loop:
    """What the two trainers share: a step, what is printed every `eval_interval` steps, and its picture."""

    label = "loss"

    def __init__(self, model: Any, optimizer: Any) -> None:
        self.model = model
        self.optimizer = optimizer
        self.eval_interval: int | None = None
        self.current_epoch = 0
        self.printed: list[float] = []

    def step(self, x: Array, t: Array, max_grad: float | None) -> float:
        """One step of the optimizer; the loss before it."""
        loss = self.model.forward(x, t)
        self.model.backward()
        params, grads = remove_duplicate(self.model.params, self.model.grads)
        if max_grad is not None:
            clip_grads(grads, max_grad)
        self.optimizer.update(params, grads)
        return float(loss)

    def measure(self, loss: float) -> float:
        """What is printed of an average loss."""
        return loss

    def report(self, losses: list[float], iteration: int, max_iters: int, start: float) -> None:
        """At every `eval_interval`-th iteration of an epoch, print and keep the average of `losses`, and empty it."""
        if self.eval_interval is None or iteration % self.eval_interval:
            return
        value = self.measure(sum(losses) / len(losses))
        losses.clear()
        self.printed.append(value)
        place = f"epoch {self.current_epoch + 1} |  iter {iteration + 1} / {max_iters}"
        print(f"| {place} | time {int(time.time() - start)}[s] | {self.label} {value:.2f}")

    def plot(self, ylim: tuple[float, float] | None = None) -> None:
        """Draw what `fit` printed: in a window, or where there is no display into the file ``<label>.png``."""
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError("plot draws with Matplotlib; install it with: pip install 'minitorch-nlp[plot]'") from error
        figure, axes = plt.subplots()
        axes.plot(range(len(self.printed)), self.printed, label="train")
        axes.set(xlabel=f"iterations (x{self.eval_interval})", ylabel=self.label)
        if ylim is not None:
            axes.set_ylim(*ylim)
        if plt.get_backend().lower() in WITHOUT_DISPLAY:
            path = Path(f"{self.label}.png")
            figure.savefig(path)
            print(f"there is no display: the picture is in {path}")
        else:
            plt.show()
        plt.close(figure)


class Trainer(Loop):
    """Trains a model on examples in random order.

    ::

        trainer = Trainer(model, SGD(lr=1.0))
        trainer.fit(x, t, max_epoch=300, batch_size=30, eval_interval=10)
        trainer.plot()

    `loss_list` holds the printed losses. The order is drawn from NumPy's global generator: ``np.random.seed`` fixes it.
    """

    def __init__(self, model: Any, optimizer: Any) -> None:
        super().__init__(model, optimizer)
        self.loss_list = self.printed

    def fit(
        self, x: Array, t: Array, max_epoch: int = 10, batch_size: int = 32, max_grad: float | None = None, eval_interval: int | None = 20
    ) -> None:
        """Train for `max_epoch` passes over `x` and `t`, examples along the first dimension; those left over at the end are not used.

        Gradients whose common norm exceeds `max_grad` are scaled down to it. Every `eval_interval` iterations the average loss
        since the last time is printed.
        """
        self.eval_interval = eval_interval
        max_iters = len(x) // batch_size
        losses: list[float] = []
        start = time.time()
        for _ in range(max_epoch):
            order = np.random.permutation(len(x))
            x, t = x[order], t[order]
            for iteration in range(max_iters):
                batch = slice(iteration * batch_size, (iteration + 1) * batch_size)
                losses.append(self.step(x[batch], t[batch], max_grad))
                self.report(losses, iteration, max_iters, start)
            self.current_epoch += 1


class RnnlmTrainer(Loop):
    """Trains a language model on one long sequence, which it reads in order: `batch_size` places of it at a time, `time_size` words each.

    `ppl_list` holds the printed perplexities, e to the average loss: how many words the model hesitates between.
    """

    label = "perplexity"

    def __init__(self, model: Any, optimizer: Any) -> None:
        super().__init__(model, optimizer)
        self.ppl_list = self.printed
        self.time_idx = 0

    def measure(self, loss: float) -> float:
        return math.exp(loss) if loss < 700 else math.inf

    def get_batch(self, x: Array, t: Array, batch_size: int, time_size: int) -> tuple[Array, Array]:
        """The next `time_size` words of each of `batch_size` places that lie evenly in the sequence x (length,), and of t: (N, T) each.

        Behind its end the sequence begins again.
        """
        first = np.arange(batch_size) * (len(x) // batch_size) + self.time_idx
        self.time_idx += time_size
        index = (first[:, None] + np.arange(time_size)) % len(x)
        return x[index], t[index]

    def fit(
        self,
        xs: Array,
        ts: Array,
        max_epoch: int = 10,
        batch_size: int = 20,
        time_size: int = 35,
        max_grad: float | None = None,
        eval_interval: int | None = 20,
    ) -> None:
        """Train for `max_epoch` passes over the words `xs` (length,), each followed by that of `ts`. The other arguments: `Trainer.fit`."""
        self.time_idx = 0
        self.eval_interval = eval_interval
        max_iters = len(xs) // (batch_size * time_size)
        losses: list[float] = []
        start = time.time()
        for _ in range(max_epoch):
            for iteration in range(max_iters):
                batch_x, batch_t = self.get_batch(xs, ts, batch_size, time_size)
                losses.append(self.step(batch_x, batch_t, max_grad))
                self.report(losses, iteration, max_iters, start)
            self.current_epoch += 1


def remove_duplicate(params: list[Array], grads: list[Array]) -> tuple[list[Array], list[Array]]:
    """Each parameter once, with the sum of its gradients: weights that several layers share are updated by one step.

    Two entries are one parameter if they are the same memory, one of them perhaps transposed (``W`` and ``W.T``). The sum is written into the
    first one's gradient.

    >>> import numpy as np
    >>> W, b = np.ones((2, 3)), np.zeros(3)
    >>> params, grads = remove_duplicate([W, b, W.T], [np.ones((2, 3)), np.ones(3), np.ones((3, 2))])
    >>> len(params), grads[0].tolist()
    (2, [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]])
    """
    first: dict[Any, Array] = {}
    kept, sums = [], []
    for param, grad in zip(params, grads):
        if place(param) in first:
            first[place(param)] += grad
        elif place(param.T) in first:
            first[place(param.T)] += grad.T
        else:
            first[place(param)] = grad
            kept.append(param)
            sums.append(grad)
    return kept, sums


def place(array: Array) -> tuple[Any, ...]:
    """Where in memory the array's elements are."""
    interface = getattr(array, "__array_interface__", None) or array.__cuda_array_interface__
    return interface["data"][0], array.shape, array.strides
