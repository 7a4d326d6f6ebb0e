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


class TestWhatAViewMayDo:
    def test_write_through_a_view_of_a_transposed_base(self):
        """The part that was written is found in memory laid out as the base is, where view(-1) is a view."""
        x = torch.arange(6.0).reshape(2, 3).requires_grad_()
        base = x.t() * 2
        assert base.stride() == (1, 3)
        base.t().view(-1)[:2] = 0
        base.sum().backward()
        assert x.grad.tolist() == [[0.0, 0.0, 2.0], [2.0, 2.0, 2.0]]

    @pytest.mark.parametrize("several", [lambda t: t.unbind(), lambda t: t.split(1), lambda t: t.chunk(2)])
    def test_one_of_several_views_is_not_written_where_that_is_recorded(self, several):
        x = leaf(1.0, 2.0)
        h = x * 1
        part = several(h)[0]
        with pytest.raises(RuntimeError, match=r"output 0 of \w+, which makes several views"):
            part.mul_(2)
        with torch.no_grad():
            part.mul_(2)
        assert h.tolist() == [2.0, 2.0]
        h.mul_(3)
        with pytest.raises(RuntimeError, match="its base, or another view of it, was modified inplace"):
            part * 1
        h.tensor_split(2)[0].mul_(2)
        assert h.tolist() == [12.0, 6.0]

    def test_a_view_made_without_grad_is_not_written_where_that_is_recorded(self):
        x = leaf(1.0, 2.0)
        with torch.no_grad():
            part = x[:1]
            part.mul_(2)
        assert part.requires_grad
        with pytest.raises(RuntimeError, match="no_grad"):
            part.mul_(2)
        assert x.tolist() == [2.0, 2.0]

    def test_overlapping_windows_are_copied_into_but_not_computed_with(self):
        x = torch.zeros(4)
        windows = x.unfold(0, 2, 1)
        with pytest.raises(NotImplementedError, match="share memory"):
            windows.add_(1)
        windows.copy_(torch.ones(3, 2))
        assert x.tolist() == [1.0, 1.0, 1.0, 1.0]
        x.unfold(0, 2, 2).add_(1)
        assert x.tolist() == [2.0, 2.0, 2.0, 2.0]


class TestAnotherShapeInPlace:
    def test_earlier_and_later_views_and_results(self):
        x = leaf(1.0, 2.0, 3.0)
        h = x * 1
        before, doubled = h[1:], h * 2
        assert h.unsqueeze_(0) is h
        after = h[0, :2]
        before.mul_(10)
        after.mul_(100)
        (h.sum() + doubled.sum()).backward()
        assert h.tolist() == [[100.0, 2000.0, 30.0]]
        assert x.grad.tolist() == [102.0, 1002.0, 12.0]

    def test_second_derivative(self):
        x = leaf(1.0, 2.0)
        h = x * x
        y = h * h
        h.detach()  # a plain reader
        g = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
        k = g * 1
        k.unsqueeze_(1)
        (k * k).sum().backward()
        assert x.grad.tolist() == [2 * 4 * 12.0, 2 * 32 * 48.0]

    def test_a_leaf_is_refused_and_stays_a_leaf_without_grad(self):
        x = leaf(1.0, 2.0)
        with pytest.raises(RuntimeError, match="leaf Variable"):
            x.unsqueeze_(0)
        with torch.no_grad():
            x.unsqueeze_(0)
        assert x.is_leaf
        x.sum().backward()
        assert x.grad.shape == (1, 2)

    def test_what_was_saved_before_is_stale(self):
        x = leaf(1.0, 2.0)
        h = x * 1
        y = h * h
        h.unsqueeze_(0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()

    def test_resize_keeps_elements_and_leaves_the_base(self):
        x = torch.arange(4.0)
        assert x.resize_(2, 1).tolist() == [[0.0], [1.0]]
        part = torch.arange(4.0)[2:]
        assert part.resize_(4).tolist()[:2] == [2.0, 3.0]
