"""Pictures: attention maps, word vectors in a plane, loss curves. Each returns matplotlib's figure, and saves it where a path is given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._shared import as_array, optional

__all__ = ["attention_map", "embedding_plot", "loss_curve"]

SIGNS = str.maketrans({" ": "␣", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"})


def new_figure(user: str, width: float, height: float) -> tuple[Any, Any]:
    """A figure that draws into memory, and its axes; pyplot and its backend are left alone."""
    optional("matplotlib", "plot", user)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def finished(figure: Any, path: str | os.PathLike[str] | None) -> Any:
    if path is not None:
        figure.savefig(path, dpi=150, bbox_inches="tight")
    return figure


def shown(token: str) -> str:
    """A token as a label: white space visible, at most 20 letters."""
    text = token.translate(SIGNS) if token.isspace() or len(token) == 1 else token.translate({**SIGNS, 32: " "})
    return text if len(text) <= 20 else text[:19] + "…"


def attention_map(
    weights: Any, queries: Sequence[str], keys: Sequence[str], path: str | os.PathLike[str] | None = None, *, title: str = ""
) -> Any:
    """Attention weights (len(queries), len(keys)) as a map: a row for each token that asks, a column for each that is looked at.

    Raises:
        ValueError: another shape.
        ImportError: matplotlib is missing.
    """
    values = as_array(weights)
    if values.shape != (len(queries), len(keys)) or not values.size:
        raise ValueError(f"attention_map: {len(queries)} queries and {len(keys)} keys need such a matrix, but its shape is {values.shape}")
    cell = 0.24 if max(values.shape) > 12 else 0.36
    figure, axes = new_figure("attention_map", max(3.5, 2.0 + cell * len(keys)), max(2.5, 1.3 + cell * len(queries)))
    image = axes.imshow(values, cmap="viridis", vmin=min(0.0, values.min()), aspect="equal", interpolation="nearest")
    size = 10 if cell > 0.3 else 8
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(keys)), [shown(t) for t in keys], rotation=60, ha="left", rotation_mode="anchor", parse_math=False)
    axes.set_yticks(range(len(queries)), [shown(t) for t in queries], parse_math=False)
    axes.tick_params(labelsize=size, length=2)
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.ax.tick_params(labelsize=size)
    if title:
        axes.set_title(title, parse_math=False)
    return finished(figure, path)


def principal_plane(vectors: np.ndarray) -> np.ndarray:
    """The rows (V, D) in the two directions of their greatest variance, (V, 2)."""
    centred = vectors - vectors.mean(0)
    U, S, _ = np.linalg.svd(centred, full_matrices=False)
    plane = (U * S)[:, :2]
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def embedding_plot(vectors: Any, labels: Sequence[str], path: str | os.PathLike[str] | None = None, *, title: str = "") -> Any:
    """Vectors (V, D) as points in the plane of their two principal components, each with its label beside it.

    Labels look for a free place around their point; one that finds none stands where it covers least.

    Raises:
        ValueError: not one label for each vector.
        ImportError: matplotlib is missing.
    """
    values = as_array(vectors).astype(np.float64)
    if values.ndim != 2 or len(values) != len(labels) or not len(labels):
        raise ValueError(f"embedding_plot: {len(labels)} labels need as many vectors (V, D), but the shape is {values.shape}")
    side = min(14.0, 5.0 + len(labels) / 30)
    figure, axes = new_figure("embedding_plot", side * 1.25, side)
    plane = principal_plane(values)
    axes.scatter(*plane.T, s=12, color="tab:blue", zorder=3)
    axes.margins(0.1)
    axes.set(xlabel="first principal component", ylabel="second principal component")
    if title:
        axes.set_title(title, parse_math=False)
    figure.draw_without_rendering()  # fixes the layout, which the places of labels hang on
    figure.set_layout_engine("none")
    place_labels(axes, plane, [shown(t) for t in labels])
    return finished(figure, path)


def place_labels(axes: Any, points: np.ndarray, labels: Sequence[str]) -> None:
    """Write each label at that of the places around its point where it covers the least of other labels and points."""
    spots = [(c * r, s * r) for r in (5, 12, 20) for c, s in ((1, 0.6), (1, -0.6), (-1, 0.6), (-1, -0.6), (0, 1.2), (0, -1.2))]
    renderer = axes.figure.canvas.get_renderer()
    at = axes.transData.transform(points)
    taken = np.concatenate([at - 3, at + 3], 1)  # rectangles: left, bottom, right, top
    frame = axes.get_window_extent(renderer)
    for point, label in zip(points, labels):
        text = axes.annotate(label, point, (0, 0), textcoords="offset points", fontsize=8, parse_math=False)
        options = []
        for right, up in spots:
            text.set(ha="left" if right > 0 else "right" if right < 0 else "center", va="bottom" if up > 0 else "top", position=(right, up))
            box = text.get_window_extent(renderer)
            sides = np.minimum(taken[:, 2:], (box.x1, box.y1)) - np.maximum(taken[:, :2], (box.x0, box.y0))
            covered = np.clip(sides, 0, None).prod(1).sum()
            outside = box.x0 < frame.x0 or box.x1 > frame.x1 or box.y0 < frame.y0 or box.y1 > frame.y1
            options.append(
                (covered + 1e4 * outside, len(options), (right, up), text.get_ha(), text.get_va(), (box.x0, box.y0, box.x1, box.y1))
            )
            if not options[-1][0]:
                break
        _, _, place, ha, va, box = min(options)
        text.set(ha=ha, va=va, position=place)
        taken = np.concatenate([taken, [box]])


def loss_curve(
    losses: Sequence[float] | Mapping[str, Sequence[float]],
    path: str | os.PathLike[str] | None = None,
    *,
    lines: Mapping[str, float] | None = None,
    title: str = "",
    ylabel: str = "loss",
) -> Any:
    """Losses step by step, faint, and their running mean; one curve, or several with names.

    Args:
        lines: values to draw as dashed lines for comparison, with their names.

    Raises:
        ImportError: matplotlib is missing.
    """
    named = losses if isinstance(losses, Mapping) else {"training loss": losses}
    figure, axes = new_figure("loss_curve", 7, 4)
    for number, (name, values) in enumerate(named.items()):
        color = f"C{number}"
        steps = np.arange(1, len(values) + 1)
        axes.plot(steps, values, color=color, alpha=0.3, linewidth=0.8)
        axes.plot(steps, running_mean(np.asarray(values, np.float64), max(len(values) // 50, 1)), color=color, label=name)
    for number, (name, value) in enumerate((lines or {}).items()):
        axes.axhline(value, linestyle="--", color=("tab:gray", "tab:orange", "tab:green", "tab:red", "tab:purple")[number % 5], label=name)
    axes.set(xlabel="step", ylabel=ylabel)
    if title:
        axes.set_title(title, parse_math=False)
    axes.legend(frameon=False)
    return finished(figure, path)


def running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """The mean of each value and up to `window` before it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    stops = np.arange(1, len(values) + 1)
    starts = np.maximum(stops - 1 - window, 0)
    return (sums[stops] - sums[starts]) / (stops - starts)
