"""Writes in place: recorded, checked for staleness, and seen through views."""

import pytest

import minitorch_nlp as torch


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


class TestInPlace:
    def test_saved_value_changed_afterwards(self):
        x = leaf(1.0, 2.0)
        h = x * 2
        y = h * h
        h.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
        assert x.grad is None

    def test_saved_output_changed_afterwards(self):
        x = leaf(1.0, 2.0)
        y = torch.exp(x)
        y.mul_(2)
        with pytest.raises(RuntimeError, match="ExpBackward0.*modified by an inplace operation"):
            y.sum().backward()

    def test_old_value_that_the_write_itself_needs_is_kept(self):
        x = leaf(3.0)
        y = x * 1
        y.mul_(x)  # torch refuses this one
        y.pow_(2)
        y.sum().backward()
        assert x.grad.tolist() == [4 * 27.0]

    def test_saved_output_written_without_grad(self):
        x = leaf(1.0, 2.0)
        y = torch.exp(x)
        with torch.no_grad():
            y.mul_(2)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()

    def test_changing_what_backward_does_not_use_is_fine(self):
        x = leaf(1.0, 2.0)
        h = x * 2
        mask = torch.tensor([1.0, 0.0], dtype=torch.float64)
        y = h * 3 + h * mask
        h.add_(1)
        y.sum().backward()
        assert x.grad.tolist() == [8.0, 6.0]

    @pytest.mark.parametrize(
        ("name", "create_graph"), [("square", False), ("square", True), ("sin", False), ("sin", True), ("layer_norm", True)]
    )
    def test_input_changed_before_grad(self, name, create_graph):
        """layer_norm keeps the normalised values only: the input matters when the backward itself is recorded."""
        ops = {"square": lambda h: h * h, "sin": torch.sin, "layer_norm": lambda h: torch.nn.functional.layer_norm(h, (2,))}
        x = leaf(1.0, 2.0)
        h = x * 2
        y = ops[name](h)
        h.detach().mul_(3)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            torch.autograd.grad(y.sum(), x, create_graph=create_graph)

    def test_change_through_a_view_is_seen(self):
        x = leaf(1.0, 2.0)
        h = x * 2
        y = h * h
        with torch.no_grad():
            h[0].zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()

    def test_optimizer_step_between_forward_and_backward(self):
        layer = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        x = torch.ones(1, 2, requires_grad=True)
        layer(x).sum().backward()
        loss = layer(x).sum()
        optimizer.step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()

    def test_leaf_refused(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(RuntimeError, match="leaf Variable"):
            x.add_(1)
        with pytest.raises(RuntimeError, match="leaf Variable"):
            x[0] = 3.0
        assert x.tolist() == [1.0, 2.0]
        with torch.no_grad():
            x.add_(1)
        assert x.tolist() == [2.0, 3.0]

    def test_recorded_on_a_non_leaf(self):
        x = leaf(1.0, 2.0)
        h = x * 3
        h.mul_(x)  # 3 x^2
        h += 1
        h.sum().backward()
        assert x.grad.tolist() == [6.0, 12.0]

    def test_writing_into_zeros_is_recorded(self):
        """The standard seq2seq loop: outputs[t] = step(...)."""
        x = leaf(1.0, 2.0)
        outputs = torch.zeros(3, 2, dtype=torch.float64)
        for t in range(3):
            outputs[t] = x * (t + 1)
        (outputs * torch.tensor([[1.0], [10.0], [100.0]], dtype=torch.float64)).sum().backward()
        assert x.grad.tolist() == [321.0, 321.0]

    def test_overwritten_values_get_no_gradient(self):
        x = leaf(1.0, 2.0, 3.0)
        h = x * 2
        h[1] = 7.0
        h[torch.tensor([True, False, False])] = 0.0
        h.sum().backward()
        assert x.grad.tolist() == [0.0, 0.0, 2.0]

    def test_through_views_reaches_the_base(self):
        x = leaf(1.0, 2.0, 3.0, 4.0)
        base = x * 1
        row = base.view(2, 2)[1]
        row.mul_(10)
        assert base.tolist() == [1.0, 2.0, 30.0, 40.0]
        base.sum().backward()
        assert x.grad.tolist() == [1.0, 1.0, 10.0, 10.0]

    def test_sibling_views_see_the_write(self):
        x = leaf(1.0, 2.0)
        base = x * 1
        first, all_of_it = base[0], base[:]
        first.mul_(5)
        all_of_it.sum().backward()
        assert x.grad.tolist() == [5.0, 1.0]

    def test_a_view_looked_at_without_grad_keeps_its_place(self):
        x = leaf(1.0, 2.0)
        base = x * 1
        first = base[0]
        base.mul_(3)
        with torch.no_grad():
            assert first.requires_grad
        first.backward()
        assert x.grad.tolist() == [3.0, 0.0]

    def test_shape_and_type_must_fit(self):
        x = torch.ones(2)
        with pytest.raises(RuntimeError, match="broadcast shape"):
            x.add_(torch.ones(3, 2))
        with pytest.raises(RuntimeError, match="can't be cast"):
            torch.ones(2, dtype=torch.int64).add_(1.5)
        with pytest.raises(RuntimeError, match="single memory location"):
            torch.ones(1).expand(3).add_(1)
        assert x.tolist() == [1.0, 1.0]

    def test_data_and_detach_share_memory(self):
        x = leaf(1.0, 2.0)
        x.data.add_(1)
        x.detach()[0] = 9.0
        assert x.tolist() == [9.0, 3.0]
