"""torch.backends.quantized: there are no quantized tensors."""

__all__ = ["engine", "supported_engines"]

engine = "none"
supported_engines = ["none"]
