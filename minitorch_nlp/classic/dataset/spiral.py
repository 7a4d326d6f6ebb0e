"""Points on three spiral arms."""

from __future__ import annotations

import numpy as np

__all__ = ["load_data"]


def load_data(seed: int = 1984) -> tuple[np.ndarray, np.ndarray]:
    """(x, t): 300 points (300, 2) and their arm as one-hot rows (300, 3), a hundred for each arm, one arm after the other.

    The i-th point of arm j has the radius r = i / 100 and the angle 4 j + 4 r + 0.2 e, with e drawn from the standard normal
    distribution; x = (r sin, r cos). The seed is that of NumPy's global generator, so what is drawn next is fixed too.

    >>> x, t = load_data()
    >>> x.shape, t.shape
    ((300, 2), (300, 3))
    """
    np.random.seed(seed)
    points, arms = 100, 3
    r = np.arange(points) / points
    x = np.zeros((arms * points, 2))
    t = np.zeros((arms * points, arms), dtype=int)
    for j in range(arms):
        angle = 4.0 * j + 4.0 * r + 0.2 * np.random.randn(points)
        own = slice(j * points, (j + 1) * points)
        x[own] = np.stack((r * np.sin(angle), r * np.cos(angle)), axis=1)
        t[own, j] = 1
    return x, t
