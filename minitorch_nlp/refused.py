"""Names of torch's that are here to say that they are not: each raises NotImplementedError with the reason and what to use instead."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["COMPLEX", "Refused", "refuse"]


class Refused:
    """A function or method that is not supported. Calling it says why."""

    def __init__(self, name: str, reason: str) -> None:
        self.__name__ = name
        self.reason = reason
        self.__doc__ = f"Not supported: {reason}."

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{self.__name__}: {self.reason}")

    def __repr__(self) -> str:
        return f"<not supported: {self.__name__}>"


def refuse(names: str, reason: str) -> list[Refused]:
    """One `Refused` for each name."""
    return [Refused(name, reason) for name in names.split()]


COMPLEX = "complex numbers are not supported; keep the real and imaginary part in two tensors"
SPARSE = "sparse tensors are not supported; use a dense one, or an embedding for one-hot rows"
QUANTIZED = "quantized tensors are not supported; use float32, or int8 with a scale of your own"
SHARED = "memory shared between processes is not supported; use multiprocessing.shared_memory and torch.frombuffer"
DEVICE = "tensors are on the CPU, or on CUDA by CuPy; other devices are not supported"
REMOVED = "it was removed from PyTorch too"

# ---- functions ---------------------------------------------------------------------------------------------------------------------

complex, polar, view_as_complex, view_as_real, stft, istft = refuse("complex polar view_as_complex view_as_real stft istft", COMPLEX)
sparse_coo_tensor, sparse_csr_tensor, sparse_csc_tensor, sparse_bsr_tensor, sparse_bsc_tensor, sparse_compressed_tensor = refuse(
    "sparse_coo_tensor sparse_csr_tensor sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor sparse_compressed_tensor", SPARSE
)
smm, sspaddmm, hspmm, spmm, saddmm, dsmm, hsmm, resize_as_sparse_ = refuse(
    "smm sspaddmm hspmm spmm saddmm dsmm hsmm resize_as_sparse_", SPARSE
)
quantize_per_tensor, quantize_per_channel, quantize_per_tensor_dynamic, dequantize, empty_quantized, int_repr = refuse(
    "quantize_per_tensor quantize_per_channel quantize_per_tensor_dynamic dequantize empty_quantized int_repr", QUANTIZED
)
fake_quantize_per_tensor_affine, fake_quantize_per_channel_affine, quantized_batch_norm, quantized_max_pool1d, quantized_max_pool2d = (
    refuse(
        "fake_quantize_per_tensor_affine fake_quantize_per_channel_affine quantized_batch_norm quantized_max_pool1d quantized_max_pool2d",
        QUANTIZED,
    )
)
q_scale, q_zero_point, q_per_channel_scales, q_per_channel_zero_points, q_per_channel_axis = refuse(
    "q_scale q_zero_point q_per_channel_scales q_per_channel_zero_points q_per_channel_axis", QUANTIZED
)


class RefusedMethods:
    """Methods that a Tensor here does not support."""

    __slots__ = ()

    cfloat, cdouble, chalf, stft, istft = refuse("cfloat cdouble chalf stft istft", COMPLEX)

    to_sparse, to_sparse_coo, to_sparse_csr, to_sparse_csc, to_sparse_bsr, to_sparse_bsc = refuse(
        "to_sparse to_sparse_coo to_sparse_csr to_sparse_csc to_sparse_bsr to_sparse_bsc", SPARSE
    )
    coalesce, is_coalesced, indices, values, crow_indices, col_indices, ccol_indices, row_indices = refuse(
        "coalesce is_coalesced indices values crow_indices col_indices ccol_indices row_indices", SPARSE
    )
    sparse_mask, sparse_resize_, sparse_resize_and_clear_, resize_as_sparse_, smm, sspaddmm, to_padded_tensor = refuse(
        "sparse_mask sparse_resize_ sparse_resize_and_clear_ resize_as_sparse_ smm sspaddmm to_padded_tensor", SPARSE
    )
    dequantize, int_repr, qscheme, q_scale, q_zero_point, q_per_channel_scales, q_per_channel_zero_points, q_per_channel_axis = refuse(
        "dequantize int_repr qscheme q_scale q_zero_point q_per_channel_scales q_per_channel_zero_points q_per_channel_axis", QUANTIZED
    )
    share_memory_ = Refused("share_memory_", SHARED)
    to_mkldnn, record_stream, ipu, xpu, mtia = refuse("to_mkldnn record_stream ipu xpu mtia", DEVICE)
    reinforce, lstsq, eig, symeig, solve = refuse("reinforce lstsq eig symeig solve", REMOVED)
