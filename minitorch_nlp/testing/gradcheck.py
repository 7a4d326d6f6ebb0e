"""`gradcheck` and `gradgradcheck`, which live in `autograd`."""

from ..autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
