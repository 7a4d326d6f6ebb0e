"""torch.backends: what computes, and its switches. The libraries PyTorch calls are not here; what is set is remembered."""

from ..missing import explains_missing
from . import cpu, cuda, cudnn, mha, mkl, mkldnn, mps, openmp, opt_einsum, quantized

__all__ = ["cpu", "cuda", "cudnn", "mha", "mkl", "mkldnn", "mps", "openmp", "opt_einsum", "quantized"]

fp32_precision = "none"

__getattr__ = explains_missing(__name__)
