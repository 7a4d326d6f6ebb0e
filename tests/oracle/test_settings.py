"""Process-wide switches, and symbolic numbers' functions on plain ones."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.use_deterministic_algorithms(True); x = torch.are_deterministic_algorithms_enabled(); torch.use_deterministic_algorithms(False); x
torch.use_deterministic_algorithms(True); x = torch.get_deterministic_debug_mode(); torch.use_deterministic_algorithms(False); x
torch.use_deterministic_algorithms(True); x = torch.is_deterministic_algorithms_warn_only_enabled(); torch.use_deterministic_algorithms(False); x
torch.use_deterministic_algorithms(True, warn_only=True); x = torch.are_deterministic_algorithms_enabled(); torch.use_deterministic_algorithms(False); x
torch.use_deterministic_algorithms(True, warn_only=True); x = torch.get_deterministic_debug_mode(); torch.use_deterministic_algorithms(False); x
torch.set_deterministic_debug_mode(1); x = torch.is_deterministic_algorithms_warn_only_enabled(); torch.set_deterministic_debug_mode(0); x
torch.sym_max(2, 3)
torch.sym_min(2.0, 3)
torch.sym_int(3.9)
torch.sym_float(3)
torch.sym_not(False)
torch.sym_sqrt(16)
torch.sym_ite(False, 1, 2)
torch.set_deterministic_debug_mode("warn"); x = torch.get_deterministic_debug_mode(); torch.set_deterministic_debug_mode(0); x
torch.set_deterministic_debug_mode("foo")
torch.set_deterministic_debug_mode(3)
torch.set_deterministic_debug_mode(1.5)
torch.use_deterministic_algorithms(1)
torch.set_float32_matmul_precision("high"); x = torch.get_float32_matmul_precision(); torch.set_float32_matmul_precision("highest"); x
torch.set_num_threads(1); torch.get_num_threads()
torch.set_num_threads(0)
torch.set_num_threads(1.5)
torch.set_num_interop_threads(-1)
torch.set_warn_always(True); x = torch.is_warn_always_enabled(); torch.set_warn_always(False); x
torch.set_warn_always(1)
torch.set_flush_denormal(False)
torch.compiled_with_cxx11_abi()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
