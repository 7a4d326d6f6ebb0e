"""Every function of ours that PyTorch's own table of samples knows gives PyTorch's results on them.

`KNOWN` lists what differs and may: for an op, patterns of the texts that `differences` gives, each with the reason. A new function needs no
row here; a pattern that matches nothing any more fails, so the table says only what is true.
"""

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")  # what PyTorch's table imports

from .opinfo import differences, have, identity, op_db  # noqa: E402

KNOWN = {
    "empty": {"values": "uninitialised memory"},
    "empty_like": {"values": "uninitialised memory"},
    "new_empty": {"values": "uninitialised memory"},
}
OPS = {identity(op): op for op in op_db if have(op.name.removeprefix("torch."))}


@pytest.mark.parametrize("name", OPS)
def test_samples(name):
    known = KNOWN.get(name, {})
    texts = differences(OPS[name], limit=20)
    unknown = [t for t in texts if not any(re.search(pattern, t) for pattern in known)]
    assert not unknown, f"{len(unknown)} differences:\n" + "\n".join(unknown[:10])
    stale = [pattern for pattern in known if not any(re.search(pattern, t) for t in texts)]
    assert not stale, f"known differences that are none any more: {stale}"
