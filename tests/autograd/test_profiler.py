"""torch.autograd.profiler: stretches with names are timed, single operations are not."""

import time

import pytest

import minitorch_nlp as torch


def test_named_stretches_are_timed():
    profiler = torch.autograd.profiler
    with profiler.profile() as prof:
        torch.ones(3).exp()
        for _ in range(2):
            with profiler.record_function("forward"):
                time.sleep(0.002)
    (row,) = prof.key_averages()
    assert (row.key, row.count) == ("forward", 2)
    assert row.cpu_time_total >= 4000
    assert [e.name for e in prof.function_events] == ["forward", "forward"]
    assert "forward" in prof.table(sort_by="cpu_time_total")
    assert repr(prof) == prof.table()


def test_not_enabled():
    with torch.autograd.profiler.profile(enabled=False) as prof, torch.autograd.profiler.record_function("forward"):
        pass
    assert prof.function_events is None
    assert not prof.key_averages()


def test_what_is_not_recorded_is_said():
    with pytest.warns(UserWarning, match="only the CPU is watched"):
        torch.autograd.profiler.profile(use_cuda=True)
    with pytest.raises(NotImplementedError, match="profile_memory"):
        torch.autograd.profiler.profile(profile_memory=True)
    with pytest.raises(NotImplementedError, match="operations are not recorded here"):
        torch.autograd.profiler.emit_nvtx()
