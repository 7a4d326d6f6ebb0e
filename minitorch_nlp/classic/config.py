"""Settings, to be changed before anything else of this package is imported.

::

    from minitorch_nlp.classic import config
    config.GPU = True
"""

__all__ = ["GPU"]

GPU = False
"""Whether layers draw random numbers and make arrays on a GPU, with CuPy."""
