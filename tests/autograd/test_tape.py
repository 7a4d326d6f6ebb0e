"""The tape's semantics: leaves, accumulation, freeing, hooks, modes, deep graphs."""

import gc
import threading

import numpy as np
import pytest

import minitorch_nlp as torch


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


class TestBackward:
    def test_accumulates_over_calls(self):
        x = leaf(1.0, 2.0)
        for _ in range(3):
            (x * x).sum().backward()
        assert x.grad.tolist() == [6.0, 12.0]

    def test_shared_subexpressions_and_repeated_inputs(self):
        x = leaf(3.0)
        y = x * x
        z = y * y + y  # x^4 + x^2
        z.backward(torch.ones(1, dtype=torch.float64))
        assert x.grad.tolist() == [4 * 27 + 6]

    def test_gradients_of_leaves_do_not_share_memory(self):
        x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
        (x + y).sum().backward()
        x.grad.mul_(10)
        assert y.grad.tolist() == [1.0, 1.0]

    def test_given_gradient_is_not_changed(self):
        x = leaf(1.0, 2.0)
        g = torch.tensor([1.0, 1.0], dtype=torch.float64)
        x.clone().backward(g)
        x.clone().backward(g)
        assert g.tolist() == [1.0, 1.0]
        assert x.grad.tolist() == [2.0, 2.0]

    def test_given_gradient_of_a_leaf_or_of_a_node_that_gets_more_is_not_changed(self):
        x = leaf(1.0, 2.0)
        g, h = torch.tensor([1.0, 1.0], dtype=torch.float64), torch.tensor([5.0, 5.0], dtype=torch.float64)
        y = x * 2
        torch.autograd.backward([x, y, y * 3], [g, g, h])
        x.grad.mul_(10)
        assert g.tolist() == [1.0, 1.0]
        assert h.tolist() == [5.0, 5.0]
        assert x.grad.tolist() == [330.0, 330.0]

    def test_non_scalar_needs_a_gradient(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(RuntimeError, match="scalar outputs"):
            (x * 2).backward()
        assert x.grad is None

    def test_no_graph(self):
        with pytest.raises(RuntimeError, match="does not require grad"):
            torch.ones(()).backward()

    def test_wrong_gradient_shape(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(RuntimeError, match="[Mm]ismatch in shape"):
            (x * 2).backward(torch.ones(3, dtype=torch.float64))

    def test_second_backward_raises_and_names_the_op(self):
        x = leaf(1.0, 2.0)
        loss = (x * x).sum()
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()
        assert x.grad.tolist() == [2.0, 4.0]

    def test_second_backward_works_with_retain_graph_and_where_nothing_was_saved(self):
        x = leaf(1.0, 2.0)
        loss = (x * x).sum()
        loss.backward(retain_graph=True)
        loss.backward()
        assert x.grad.tolist() == [4.0, 8.0]
        x.grad = None
        y = (x + 1).sum()
        y.backward()
        y.backward()
        assert x.grad.tolist() == [2.0, 2.0]

    def test_inputs_restricts_where_gradients_go(self):
        x, y = leaf(2.0), leaf(3.0)
        (x * y).sum().backward(inputs=[x])
        assert x.grad.tolist() == [3.0]
        assert y.grad is None

    def test_ten_thousand_ops_deep(self):
        x = leaf(1.0)
        y = x
        for _ in range(10_000):
            y = y + 0.5
        y.sum().backward()
        assert x.grad.tolist() == [1.0]
        del y
        gc.collect()

    def test_a_deep_graph_that_is_never_walked_is_freed(self):
        y = leaf(1.0)
        for _ in range(100_000):
            y = y * 1.0
        del y
        gc.collect()

    def test_broadcast_and_mixed_dtypes_come_back_in_the_input_form(self):
        x = torch.ones(3, 1, dtype=torch.float32, requires_grad=True)
        y = torch.ones(2, dtype=torch.float64, requires_grad=True)
        (x * y).sum().backward()
        assert (x.grad.shape, x.grad.dtype) == ((3, 1), torch.float32)
        assert (y.grad.shape, y.grad.dtype) == ((2,), torch.float64)

    def test_unused_outputs_of_a_split_get_zeros(self):
        x = leaf(1.0, 2.0, 3.0, 4.0)
        x.split(2)[1].sum().backward()
        assert x.grad.tolist() == [0.0, 0.0, 1.0, 1.0]


class TestGrad:
    def test_higher_orders(self):
        x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
        y = torch.sin(x)
        for expected in (np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v), np.sin):
            (y,) = torch.autograd.grad(y, x, create_graph=True)
            assert y.item() == pytest.approx(expected(0.7), abs=1e-12)

    def test_gradient_of_a_gradient_norm(self):
        w = leaf(0.3, -0.2, 0.5)

        def penalty(w):
            y = torch.nn.functional.gelu(torch.nn.functional.layer_norm(w, (3,))).sum() + (w**3).sum()
            (g,) = torch.autograd.grad(y, w, create_graph=True)
            return (g * g).sum()

        (analytic,) = torch.autograd.grad(penalty(w), w)
        for i in range(3):
            step = torch.zeros(3, dtype=torch.float64)
            step[i] = 1e-5
            up, down = (penalty((w.detach() + s).requires_grad_()).item() for s in (step, -step))
            assert analytic[i].item() == pytest.approx((up - down) / 2e-5, abs=1e-7)

    def test_does_not_touch_grad(self):
        x, y = leaf(2.0), leaf(3.0)
        (g,) = torch.autograd.grad((x * y).sum(), x)
        assert g.tolist() == [3.0]
        assert x.grad is None
        assert y.grad is None

    def test_of_a_non_leaf(self):
        x = leaf(2.0)
        h = x * 3
        (g,) = torch.autograd.grad((h * h).sum(), h)
        assert g.tolist() == [12.0]

    def test_unused(self):
        x, y = leaf(2.0), leaf(3.0)
        with pytest.raises(RuntimeError, match="allow_unused"):
            torch.autograd.grad((x * 2).sum(), y)
        assert torch.autograd.grad((x * 2).sum(), y, allow_unused=True) == (None,)


class TestHooks:
    def test_on_leaf_and_non_leaf(self):
        x = leaf(1.0)
        h = x * 2
        seen = []
        h.register_hook(lambda g: seen.append(g.item()))
        handle = x.register_hook(lambda g: g * 10)
        (h * 3).sum().backward(retain_graph=True)
        assert seen == [3.0]
        assert x.grad.tolist() == [60.0]
        handle.remove()
        x.grad = None
        (x * 2).sum().backward()
        assert x.grad.tolist() == [2.0]

    def test_retain_grad(self):
        x = leaf(1.0)
        h = x * 2
        h.retain_grad()
        (h * 3).sum().backward()
        assert h.grad.tolist() == [3.0]

    def test_post_accumulate(self):
        x = leaf(1.0)
        seen = []
        x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.item()))
        (x * 2).sum().backward()
        assert seen == [2.0]


class TestModes:
    def test_no_grad_and_enable_grad(self):
        x = leaf(1.0)
        with torch.no_grad():
            assert not (x * 2).requires_grad
            with torch.enable_grad():
                assert (x * 2).requires_grad
        assert (x * 2).requires_grad

    def test_as_decorators(self):
        x = leaf(1.0)

        @torch.no_grad()
        def quiet():
            return (x * 2).requires_grad

        @torch.inference_mode()
        def inference():
            return (x * 2).requires_grad

        @torch.no_grad()
        def generator():
            yield (x * 2).requires_grad

        assert [quiet(), inference(), *generator()] == [False, False, False]
        assert torch.is_grad_enabled()

    def test_set_grad_enabled(self):
        x = leaf(1.0)
        with torch.set_grad_enabled(False):
            assert not (x * 2).requires_grad
        torch.set_grad_enabled(False)
        try:
            assert not torch.is_grad_enabled()
        finally:
            torch.set_grad_enabled(True)

    def test_restored_after_an_error(self):
        with pytest.raises(KeyError), torch.no_grad():
            raise KeyError
        assert torch.is_grad_enabled()

    def test_each_thread_has_its_own(self):
        seen = []
        with torch.no_grad():
            thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
            thread.start()
            thread.join()
        assert seen == [True]

    def test_integers_refuse_gradients(self):
        with pytest.raises(RuntimeError, match="floating point"):
            torch.tensor([1, 2], requires_grad=True)


class TestFunction:
    def test_forward_backward(self):
        class Cube(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x**3

            @staticmethod
            def backward(ctx, dy):
                (x,) = ctx.saved_tensors
                return dy * 3 * x * x

        x = leaf(2.0)
        y = Cube.apply(x)
        assert y.grad_fn.name() == "CubeBackward"
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (g2,) = torch.autograd.grad(g.sum(), x)
        assert (g.tolist(), g2.tolist()) == ([12.0], [12.0])

    def test_a_saved_tensor_returned_as_gradient_is_not_given_away(self):
        class Given(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, slope):
                ctx.save_for_backward(slope)
                return (x * slope).sum()

            @staticmethod
            def backward(ctx, dy):
                return ctx.saved_tensors[0], None  # right while dy is 1, and common in fused losses

        x, slope = leaf(1.0, 2.0), torch.tensor([3.0, 4.0], dtype=torch.float64)
        for _ in range(2):
            Given.apply(x, slope).backward()
        assert x.grad.tolist() == [6.0, 8.0]
        assert slope.tolist() == [3.0, 4.0]

    def test_several_outputs_and_needs(self):
        class Both(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y, k):
                assert ctx.needs_input_grad == (True, False, False)
                return x * k, x + y

            @staticmethod
            def backward(ctx, da, db):
                return da * 3 + db, None, None

        x, y = leaf(2.0), torch.ones(1, dtype=torch.float64)
        a, b = Both.apply(x, y, 3)
        (a.sum() + 10 * b.sum()).backward()
        assert x.grad.tolist() == [13.0]


def test_only_inputs_of_grad_stands_before_allow_unused_and_is_ignored():
    x, other = leaf(1.0, 2.0), leaf(3.0)
    assert torch.autograd.grad((x * x).sum(), [x, other], None, None, False, True, True)[1] is None
    with pytest.warns(FutureWarning, match="only_inputs"):
        (g,) = torch.autograd.grad((x * x).sum(), x, only_inputs=False)
    assert g.tolist() == [2.0, 4.0]
    assert torch.autograd.grad((x * x).sum(), {"x": x, "other": other}, allow_unused=True)["other"] is None


def test_detect_anomaly_names_the_forward_line():
    x = leaf(-1.0)
    with torch.autograd.detect_anomaly():
        y = torch.sqrt(x)  # the guilty line
        with pytest.warns(UserWarning, match="forward call") as warned, pytest.raises(RuntimeError, match="'SqrtBackward0' returned nan"):
            y.sum().backward()
    (warning,) = warned
    lines = str(warning.message).rstrip().splitlines()
    assert lines[0].startswith("Error detected in SqrtBackward0. Traceback of forward call")
    assert lines[-1].endswith("# the guilty line")


def test_training_does_not_grow_memory():
    layer = torch.nn.Linear(20, 20)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)
    x = torch.randn(4, 20)

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad()
            (layer(x) ** 2).mean().backward()
            optimizer.step()

    gc.disable()  # nothing may rely on the cycle collector
    try:
        steps(100)
        before = len(gc.get_objects())
        steps(10_000)
        assert len(gc.get_objects()) - before < 200
    finally:
        gc.enable()
