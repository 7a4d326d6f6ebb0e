"""Copies of tensors: `copy`, `deepcopy`, pickles."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
import pickle; pickle.loads(pickle.dumps(torch.sparse_coo)) is torch.sparse_coo
import pickle; pickle.loads(pickle.dumps(torch.strided)) is torch.strided
import copy; copy.deepcopy(torch.contiguous_format) is torch.contiguous_format
import copy; x, y = copy.deepcopy([f, f[0]]); x[0, 0] = 9; y
import copy; x, y = copy.deepcopy([f[0], f]); y[0, 0] = 9; x
import copy; x, y = copy.deepcopy([f[0], f[:, 1]]); x[1] = 9; y
import copy; x, y = copy.deepcopy([f.T, f]); x[2, 0] = 9; y
import copy; x = copy.deepcopy(f[:, 1:]); x.stride()
import copy; x = copy.deepcopy(f[:, 1:]); x.storage_offset()
import copy; x = copy.deepcopy(f[:1].expand(3, 3)); x.stride()
import copy; x = copy.deepcopy(f[1]); x._base is None
import copy; x = copy.deepcopy({"a": g, "b": g.detach()}); x["b"][0] = 9; x["a"]
import copy; x = copy.deepcopy(torch.nn.Parameter(f)); type(x).__name__
import copy; x = copy.copy(g); x[0:1].detach()[0] = 9; g
import copy; f.tag = "a"; copy.copy(f).tag
import copy; f._tag = [1]; x = copy.deepcopy(f); x._tag is f._tag
import copy; f._tag = [1]; copy.deepcopy(f)._tag
import pickle; f.tag = "a"; pickle.loads(pickle.dumps(f)).tag
import pickle; [pickle.loads(pickle.dumps(f.T, protocol=p)).tolist() for p in range(2, 6)]
import pickle; pickle.loads(pickle.dumps(g)).requires_grad
import pickle; pickle.loads(pickle.dumps(g)).is_leaf
import pickle; type(pickle.loads(pickle.dumps(torch.nn.Parameter(f)))).__name__
import pickle; pickle.loads(pickle.dumps(f[1]))
import pickle; pickle.loads(pickle.dumps(torch.zeros(0, 3)))
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
