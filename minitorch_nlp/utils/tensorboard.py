"""torch.utils.tensorboard: `SummaryWriter`, by way of the package tensorboardX. Without that, an ImportError says so."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..tensor.tensor import Tensor

__all__ = ["SummaryWriter"]

SummaryWriter: Any  # supplied by __getattr__


def plain(x: Any) -> Any:
    """`x` with NumPy arrays for tensors."""
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


@cache
def writer_class() -> type:
    """tensorboardX's writer, which also takes tensors."""
    try:
        from tensorboardX import SummaryWriter as Writer
    except ImportError as error:
        text = "torch.utils.tensorboard writes with the package tensorboardX, which is not installed: pip install tensorboardX"
        raise ImportError(text, name="tensorboardX") from error

    class SummaryWriter(Writer):
        def add_scalar(self, tag: str, scalar_value: Any, *args: Any, **kwargs: Any) -> Any:
            return super().add_scalar(tag, plain(scalar_value), *args, **kwargs)

        def add_scalars(self, main_tag: str, tag_scalar_dict: Any, *args: Any, **kwargs: Any) -> Any:
            return super().add_scalars(main_tag, plain(tag_scalar_dict), *args, **kwargs)

        def add_histogram(self, tag: str, values: Any, *args: Any, **kwargs: Any) -> Any:
            return super().add_histogram(tag, plain(values), *args, **kwargs)

        def add_image(self, tag: str, img_tensor: Any, *args: Any, **kwargs: Any) -> Any:
            return super().add_image(tag, plain(img_tensor), *args, **kwargs)

        def add_embedding(self, mat: Any, *args: Any, **kwargs: Any) -> Any:
            return super().add_embedding(plain(mat), *args, **kwargs)

        def add_graph(self, model: Any, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError("SummaryWriter.add_graph is not supported; minitorch_nlp.viz draws the graph of a tensor")

    return SummaryWriter


def __getattr__(name: str) -> Any:
    if name == "SummaryWriter":
        return writer_class()
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'", name=name)
