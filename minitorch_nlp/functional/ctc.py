"""Connectionist temporal classification (Graves et al., 2006): the probability that T steps of letters and blanks spell a word.

A path names one class per step. Runs of a class count once and blanks not at all, so that many paths spell one word. The word's letters
with a blank before, between and after them are its states, s = 0 ... 2 S; a path stays at a state, goes on to the next one, or jumps
over a blank between two different letters. All in logarithms; sequences and states side by side, one step of time after the other.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from ._checks import require_float
from ._domain import Real
from ._op import Op, Traced
from .indexing import index_add
from .softmax import softmax

__all__ = ["ctc_loss"]

FLOOR = -1e30  # the logarithm of nothing: finite, so that differences of two are no nan


def ctc_loss_forward(x, targets, input_lengths, target_lengths, *, blank=0, zero_infinity=False, normalized=False):
    """loss_n = -ln sum over the paths that spell targets[n] of exp(sum_t x[t, n, path_t]), inf where no path is short enough

    (T, N, C), (N, S), (N), (N) -> (N). Only the first input_lengths[n] steps and target_lengths[n] classes count.
    With a_t(s) = ln of the sum over the paths' beginnings that are at state s at time t:
    a_t(s) = x_t(s) + ln(e^a_t-1(s) + e^a_t-1(s-1) + e^a_t-1(s-2)), the last only for a jump;
    the loss is -ln(e^a(2S) + e^a(2S-1)) at the last step.
    """
    require_float("ctc_loss", x)
    if x.dtype.itemsize < 4:
        raise NotImplementedError(f"ctc_loss: not implemented for {x.dtype}; convert log_probs with .float()")
    labels, jump, inside = states(targets, target_lengths, blank)
    rows = np.arange(labels.shape[0], like=labels)
    scores = np.where(inside, np.maximum(x[:, rows[:, None], labels], FLOOR), FLOOR)
    first = np.arange(labels.shape[1], like=labels) < 2
    steps = [np.where(first, scores[0], FLOOR)]
    for t in range(1, x.shape[0]):
        steps.append(scores[t] + forwards(steps[-1], jump))
    alpha = np.stack(steps)
    last, end = np.maximum(input_lengths - 1, 0), 2 * target_lengths
    done = np.where(target_lengths > 0, alpha[last, rows, np.maximum(end - 1, 0)], FLOOR)
    without_steps = np.where(target_lengths > 0, -FLOOR, 0.0).astype(x.dtype)
    loss = np.where(input_lengths > 0, -log_sum(alpha[last, rows, end], done), without_steps)
    lost = np.greater(loss, -0.5 * FLOOR)
    saved = (x, scores, alpha, lost, labels, jump, input_lengths, target_lengths, blank, zero_infinity, normalized)
    return np.where(lost, 0.0 if zero_infinity else math.inf, loss), saved


def ctc_loss_backward(dy, saved):
    """dx[t, n, c] = -dy_n q_t(c), q_t(c) = the part of the probability that goes through class c at time t; 0 after the last step

    The loss is -ln of a sum of products, in which exp(x[t, c]) is a factor of the paths through c at t.
    With b_t(s) = ln of the sum over the paths' ends that leave s at time t, e^(a_t(s) + b_t(s)) is the part through state s; their sum
    is all of it, at any t, so that q_t is their softmax over s, summed for each class. b is 0 at the last step in the last two states,
    before that b_t(s) = ln(e^(b + x)_t+1(s) + e^(b + x)_t+1(s+1) + e^(b + x)_t+1(s+2)), the last only for a jump.

    If x is `normalized`, sum_c exp(x) = 1, x moves only along that surface, across which any gradient may be added; torch adds
    dy_n exp(x), so that each step's sum is 0. An infinite loss gives nan, or 0 with `zero_infinity`.
    """
    x, scores, alpha, lost, labels, jump, input_lengths, target_lengths, blank, zero_infinity, normalized = saved
    beta = ends(scores, jump, input_lengths, 2 * target_lengths)
    through = softmax(alpha + beta, dim=2)
    g = np.where(lost, 0.0 if zero_infinity else math.nan, dy)[:, None]
    dx = g * ((np.exp(x) if normalized else 0) - by_class(through, labels, x.shape[2], blank))
    during = np.arange(x.shape[0], like=labels)[:, None] < input_lengths
    return np.where(during[:, :, None], dx, 0.0), None, None, None


def states(targets, target_lengths, blank):
    """Each state's class (N, L), L = 2 S + 1, whether one may jump to it from the last but one, and whether the word is that long."""
    n, longest = targets.shape
    pairs = np.stack((np.full_like(targets, blank), targets), axis=2).reshape((n, 2 * longest))
    inside = np.arange(2 * longest + 1, like=targets) < 2 * target_lengths[:, None] + 1
    labels = np.where(inside, np.concatenate((pairs, np.full_like(pairs, blank, shape=(n, 1))), axis=1), blank)
    before = np.concatenate((np.full_like(labels, blank, shape=(n, 2)), labels), axis=1)[:, :-2]
    return labels, labels != before, inside


def log_sum(*terms):
    """ln sum e^term, elementwise."""
    values = [v.array if isinstance(v, Traced) else v for v in terms]
    m = values[0]
    for v in values[1:]:
        m = np.maximum(m, v)
    total = np.exp(terms[0] - m)
    for v in terms[1:]:
        total = total + np.exp(v - m)
    return m + np.log(total)


def forwards(a, jump):
    """The states that lead to s: s, s - 1, and s - 2 where a jump to s is allowed."""
    padded = np.concatenate((np.full_like(a, FLOOR, shape=(a.shape[0], 2)), a), axis=1)
    return log_sum(a, padded[:, 1:-1], np.where(jump, padded[:, :-2], FLOOR))


def ends(scores, jump, input_lengths, last):
    """b (T, N, L) of the backward pass: from the last step to the first."""
    n = scores.shape[0]
    k = np.arange(scores.shape[2], like=last)
    final = np.where((k == last[:, None]) | (k == last[:, None] - 1), 0.0, FLOOR).astype(scores.dtype)
    nothing = np.full_like(scores, FLOOR, shape=(scores.shape[1], 2))
    steps = [np.where((input_lengths == n)[:, None], final, FLOOR).astype(scores.dtype)]
    for t in range(n - 1, 0, -1):
        on = steps[-1] + scores[t]
        padded = np.concatenate((on, nothing), axis=1)
        jumped = np.concatenate((np.where(jump, on, FLOOR), nothing), axis=1)
        steps.append(np.where((input_lengths == t)[:, None], final, log_sum(on, padded[:, 1:-1], jumped[:, 2:])))
    return np.stack(steps[::-1])


def by_class(through, labels, classes, blank):
    """The states' values (T, N, L) summed for each class: (T, N, C)."""
    steps, n, _ = through.shape
    sums = np.concatenate((np.sum(through[:, :, 0::2], axis=2)[:, :, None], through[:, :, 1::2]), axis=2)
    letters = np.concatenate((np.full_like(labels, blank, shape=(n, 1)), labels[:, 1::2]), axis=1)
    places = (np.arange(n, like=labels)[:, None] * classes + letters).reshape(-1)
    rows = np.transpose(sums, (1, 2, 0)).reshape((places.shape[0], steps))
    table = index_add(np.zeros_like(rows, shape=(n * classes, steps)), places, rows, dim=0)
    return np.transpose(table.reshape((n, classes, steps)), (2, 0, 1))


def ctc_reference(x, targets, input_lengths, target_lengths, blank, zero_infinity, normalized):
    """Every path is tried."""
    losses = []
    for n, (steps, length) in enumerate(zip(input_lengths, target_lengths)):
        total = 0.0
        for path in itertools.product(range(x.shape[2]), repeat=int(steps)):
            if [c for c, _ in itertools.groupby(path) if c != blank] == list(targets[n, :length]):
                total += math.exp(sum(x[t, n, c] for t, c in enumerate(path)))
        losses.append(-math.log(total) if total else 0.0 if zero_infinity else math.inf)
    return np.array(losses)


def sample_ctc(draw):
    """Few steps and classes, lengths that leave at least one path."""
    steps, n, classes = draw.integer(1, 4), draw.integer(1, 2), draw.integer(2, 3)
    blank = draw.integer(0, classes - 1)
    longest = draw.integer(0, (steps + 1) // 2)
    targets = (draw.index((n, longest), classes - 1) + blank + 1) % classes
    lengths = draw.index((n,), longest + 1)
    input_lengths = steps - draw.index((n,), steps) * (lengths == 0)
    options = {"blank": blank, "zero_infinity": draw.choice((False, True)), "normalized": False}
    return (draw.array((steps, n, classes), Real(-2, 1)), targets, input_lengths, lengths), options


ctc_loss = Op(
    ctc_loss_forward,
    ctc_loss_backward,
    shapes="(t, n, c), (n, s), (n), (n) -> (n)",
    sample=sample_ctc,
    reference=ctc_reference,
    hint="log_probs are (T, N, C), targets (N, S)",
)
