"""Names that are here and differ from PyTorch's in something, with what. For the page of `support`."""

from __future__ import annotations

__all__ = ["DIFFERS"]

NAMEABLE = "can be named, compared and printed; a tensor of it raises NotImplementedError"
STABLE = "always stable: among equal elements PyTorch promises no order, ours is that of their places"
SIGNS = "the signs of the vectors may be others"
ROWS = "the result lies in memory row by row where PyTorch's lies column by column"
UNREAD = "the gradient is 0 in the triangle of the factor that is not read"
NUMBERS = "also takes Python numbers where PyTorch wants tensors"
BFLOAT16 = (
    "tensors need the package ml_dtypes; ops compute in float32 and round once, so results may be more exact than PyTorch's; "
    "not on a GPU, not as the default dtype, and no optimizer updates them"
)
COSTLY = "computed by a loop over the batch, so it is no quicker than that"
BESSEL = "float64 is SciPy's value; PyTorch's own is up to 9e-7 off between 3.4 and 11"

IN_TORCH = {
    "bfloat16": BFLOAT16,
    "complex32 complex64 complex128 chalf cfloat cdouble float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz": NAMEABLE,
    "float8_e8m0fnu float4_e2m1fn_x2 qint8 qint32 quint8 quint4x2 quint2x4": NAMEABLE,
    "channels_last channels_last_3d sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc jagged": NAMEABLE,
}
BY_NAME = {
    "sort argsort msort topk kthvalue mode": STABLE,
    "svd_lowrank pca_lowrank": SIGNS,
    "cholesky_solve cholesky_inverse": UNREAD,
    "ormqr orgqr triangular_solve": ROWS,
    "maximum minimum fmod remainder clamp_min clamp_max rsub": NUMBERS,
    "heaviside floor_divide": "has a gradient, which is 0",
    "searchsorted": "a sequence with nan is searched as if nan were largest",
    "quantile nanquantile": "the gradient of a result that is nan is nan only where PyTorch's is not defined either",
    "vander": "can be differentiated; PyTorch's raises in backward",
    "bernoulli normal": "the result never requires grad; in PyTorch it does where an argument does, and the gradient is 0",
    "multinomial": "bit-equal keys, drawn without replacement, go by index",
    "nonzero": "with out=, the result keeps the layout of out",
    "as_strided_scatter": "the input's gradient is 0 where it was replaced; PyTorch's is 0 everywhere else",
    "as_strided unfold": "a write into a view whose elements share memory must be fill_, zero_ or copy_",
    "matrix_exp": "float32 results of matrices with large norms agree to 3 digits",
    "get_num_threads set_num_threads": "of NumPy's OpenBLAS; everything else runs in one thread",
}
BY_PATH = {
    "torch.linalg.eigh": SIGNS + " with UPLO='U'",
    "torch.linalg.lstsq": "computed through pinv; driver 'gels' refuses a matrix of deficient rank",
    "torch.linalg.det": "the gradient of an exactly singular matrix is its cofactors (0 in PyTorch)",
    "torch.linalg.householder_product": ROWS,
    "torch.linalg.lu_solve": ROWS + " for adjoint=True and left=False",
    "torch.linalg.matrix_exp": "float32 results of matrices with large norms agree to 3 digits",
    "torch.special.bessel_j0": BESSEL,
    "torch.special.bessel_j1": BESSEL,
    "torch.special.bessel_y0": BESSEL,
    "torch.special.bessel_y1": BESSEL,
    "torch.special.polygamma": "0 at inf for n >= 2 (PyTorch: nan), inf at negative integers",
    "torch.special.zeta": "0 for zeta(s, inf) (PyTorch: nan)",
}
IN_NN = {
    "torch.nn.DataParallel": "everything is computed on the first GPU, or on the CPU; a batch is not divided",
    "torch.nn.Embedding torch.nn.EmbeddingBag": "with sparse=True, .grad holds a RowSparse, which is no Tensor; dense under create_graph",
    "torch.nn.functional.embedding_bag": "scale_grad_by_freq divides by each word's own count; words after the last offset never count",
    "torch.nn.attention.sdpa_kernel": "accepted, and restricts nothing: there is one implementation",
    "torch.nn.functional.interpolate torch.nn.Upsample": "antialias=True is refused; results are contiguous where PyTorch keeps channels last",
    "torch.nn.functional.ctc_loss torch.nn.CTCLoss": "second derivatives exist; a label that is no class raises",
    "torch.nn.functional.linear_cross_entropy torch.nn.LinearCrossEntropyLoss": "its options are refused by name",
    "torch.nn.functional.instance_norm": "an empty batch leaves the running statistics alone",
    "torch.nn.utils.skip_init": "what a layer draws elsewhere than in reset_parameters is drawn; the generator stays as it was",
    "torch.nn.utils.rnn.pack_padded_sequence": "a length beyond the sequence raises",
    "torch.nn.TransformerEncoder": "padding gives zeros in evaluation without gradients, as PyTorch's nested path; fully masked rows stay finite",
}
UNCOMPILED = "gives back what it is given, uncompiled"
ENVIRONMENT = {
    "torch.compile": "compiles nothing: gives the function back, or the module inside an OptimizedModule",
    **dict.fromkeys(("torch.jit.script", "torch.jit.trace_module", "torch.jit.freeze", "torch.jit.optimize_for_inference"), UNCOMPILED),
    "torch.jit.trace": UNCOMPILED + ": each call takes its own branches",
    "torch.jit.fork": "calls the function at once",
    "torch.jit.ScriptModule": "an ordinary Module",
    "torch.profiler.profile": "records the stretches named by record_function, not single operations",
    "torch.cuda.manual_seed": "CuPy's generator: other numbers",
    "torch.cuda.manual_seed_all": "CuPy's generator: other numbers",
    "torch.cuda.synchronize": "does nothing without a GPU (PyTorch: AssertionError)",
    "torch.cuda.max_memory_allocated": "an upper bound: what was taken from the driver",
    "torch.cuda.is_bf16_supported": "always False",
    "torch.accelerator.max_memory_allocated": "an upper bound: what was taken from the driver",
}
DIFFERS = {
    **{path: text for paths, text in IN_NN.items() for path in paths.split()},
    **{f"torch.{name}": text for names, text in IN_TORCH.items() for name in names.split()},
    **{f"{space}.{name}": text for names, text in BY_NAME.items() for name in names.split() for space in ("torch", "torch.Tensor")},
    **BY_PATH,
    **ENVIRONMENT,
}
