"""The table as a picture: a dot per workload at its ratio, a line for its spread, the peer at 1."""

from __future__ import annotations

from pathlib import Path

LINES = {"kernels": ("with compiled kernels", "tab:blue", 0.14), "numpy": ("NumPy alone", "tab:orange", -0.14)}


def draw(results: list[dict], about: str, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 1.6 + 0.3 * len(results)))
    names = [f"{r['workload']} / {r['peer']}" for r in results]
    for part, (label, color, shift) in LINES.items():
        for i, r in enumerate(results):
            values, y = r[part], len(results) - 1 - i + shift
            axes.plot([values["low"], values["high"]], [y, y], color=color, linewidth=2, alpha=0.6)
            axes.plot(values["ratio"], y, "o", color=color, markersize=5, label=label if not i else None)
    axes.axvline(1, color="black", linewidth=1)
    axes.set(xscale="log", xlabel="our time over the peer's (below 1: ours is quicker)", yticks=range(len(results)))
    axes.set_yticklabels(names[::-1])
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper left", fontsize=8)
    axes.set_title(about, fontsize=7, loc="left", wrap=True)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
