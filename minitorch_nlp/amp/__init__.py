"""torch.amp: mixed precision as scripts ask for it. Nothing is computed in less precision here, so that the numbers are those of float32."""

from ..missing import explains_missing
from .autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

__getattr__ = explains_missing(__name__)
