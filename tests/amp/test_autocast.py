"""autocast where it is other than torch's: nothing is cast, one instance may be entered twice, each thread has its own."""

import threading

import pytest

import minitorch_nlp as mt


def on():
    return mt.is_autocast_enabled("cpu"), mt.get_autocast_dtype("cpu")


def test_nothing_is_cast():
    layer = mt.nn.Linear(2, 3)
    x = mt.randn(4, 2)
    plain = layer(x)
    with mt.autocast("cpu", dtype=mt.bfloat16):
        y = layer(x)
    assert y.dtype is mt.float32
    assert mt.equal(y, plain)


def test_an_instance_within_itself():
    cast = mt.autocast("cpu", mt.float16)
    with cast:
        with cast:
            assert on() == (True, mt.float16)
        assert on() == (True, mt.float16)
    assert on() == (False, mt.bfloat16)


def test_a_failed_region_is_left():
    with pytest.raises(ZeroDivisionError), mt.autocast("cpu"):
        1 / 0
    assert on() == (False, mt.bfloat16)


def test_each_thread_has_its_own():
    seen = []
    with mt.autocast("cpu", mt.float16):
        thread = threading.Thread(target=lambda: seen.append(on()))
        thread.start()
        thread.join()
    assert seen == [(False, mt.bfloat16)]


def test_a_scaler_that_grows_shrinks_and_skips():
    w = mt.ones(2, requires_grad=True)
    optimizer = mt.optim.SGD([w], lr=1.0)
    scaler = mt.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    for factor, scale, value in ((0.25, 8.0, 0.75), (float("inf"), 4.0, 0.75), (0.25, 8.0, 0.5)):
        optimizer.zero_grad()
        scaler.scale((w * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        assert (scaler.get_scale(), w[0].item()) == (scale, value)
