"""torch.utils.tensorboard: a `SummaryWriter` by way of the package tensorboardX, where that is installed."""

from __future__ import annotations

from typing import Any

from ..tensor.tensor import Tensor

try:
    from tensorboardX import SummaryWriter as Writer
except ImportError as error:
    raise ImportError(
        "torch.utils.tensorboard writes with the package tensorboardX, which is not installed: pip install tensorboardX", name="tensorboardX"
    ) from error

__all__ = ["SummaryWriter"]


def plain(x: Any) -> Any:
    """`x` with NumPy arrays for tensors."""
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


class SummaryWriter(Writer):
    """tensorboardX's, which also takes tensors."""

    def add_scalar(self, tag: str, scalar_value: Any, *args: Any, **kwargs: Any) -> None:
        super().add_scalar(tag, plain(scalar_value), *args, **kwargs)

    def add_scalars(self, main_tag: str, tag_scalar_dict: Any, *args: Any, **kwargs: Any) -> None:
        super().add_scalars(main_tag, plain(tag_scalar_dict), *args, **kwargs)

    def add_histogram(self, tag: str, values: Any, *args: Any, **kwargs: Any) -> None:
        super().add_histogram(tag, plain(values), *args, **kwargs)

    def add_image(self, tag: str, img_tensor: Any, *args: Any, **kwargs: Any) -> None:
        super().add_image(tag, plain(img_tensor), *args, **kwargs)

    def add_embedding(self, mat: Any, *args: Any, **kwargs: Any) -> None:
        super().add_embedding(plain(mat), *args, **kwargs)

    def add_graph(self, model: Any, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("SummaryWriter.add_graph is not supported; minitorch_nlp.viz draws the graph of a tensor")
