"""Pictures of graphs, as text."""

import shutil

import pytest

import minitorch_nlp as torch
from minitorch_nlp import viz


@pytest.fixture
def net():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    return net, net(torch.ones(4, 3)).sum()


def test_mermaid_shows_ops_formulas_shapes_and_names(net):
    model, loss = net
    text = viz.graph(loss, params=dict(model.named_parameters()))
    assert text.startswith("flowchart TD\n")
    for part in ("tanh<br/>y = tanh x", "2.weight<br/>1×2", "0.bias<br/>2", "linear<br/>", "<br/>4×2", "result<br/>scalar"):
        assert part in text
    assert viz.graph(loss, formulas=False).count("tanh x") == 0


def test_each_box_and_arrow_once(net):
    drawn = viz.make_dot(net[1])
    kinds = [v.kind for v in drawn.vertices]
    assert (kinds.count("result"), kinds.count("op"), kinds.count("leaf")) == (1, 4, 4)
    assert len(drawn.arrows) == 8
    assert all(a > b for a, b in drawn.arrows)


def test_a_leaf_used_twice_is_one_box():
    x = torch.ones(2, requires_grad=True)
    drawn = viz.make_dot(x * x, params={"x": x})
    assert [v.name for v in drawn.vertices] == ["result", "mul", "x"]
    assert drawn.arrows == [(1, 0), (2, 1), (2, 1)]


def test_an_op_with_several_outputs_is_one_box():
    a, b = torch.ones(4, requires_grad=True).split(2)
    names = [v.name for v in viz.make_dot(a * b).vertices]
    assert names.count("split") == 1


def test_dot_is_quoted(net):
    x = torch.ones(1, requires_grad=True)
    text = viz.graph(x * 2, "dot", params={'say "x\\y"': x})
    assert text.startswith("digraph {\n")
    assert text.endswith("}\n")
    assert 'label="say \\"x\\\\y\\"\\n1"' in text
    assert "n1 -> n0" in text


def test_mermaid_is_escaped():
    x = torch.ones(1, requires_grad=True)
    assert "a &lt;b&gt; #quot;c#quot;" in viz.graph(x * 2, params={'a <b> "c"': x})


def test_functions_of_users_and_several_results():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, dy):
            return dy * 2

    x = torch.ones(2, requires_grad=True)
    drawn = viz.graph([Twice.apply(x), x.exp()], None)
    assert {v.name for v in drawn.vertices} == {"result 0", "result 1", "Twice", "exp", "leaf"}


def test_large_graphs_are_cut():
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(50):
        y = y * 1.5
    drawn = viz.graph(y, None, limit=10)
    assert len(drawn.vertices) == 12
    assert drawn.vertices[-1].kind == "more"


def test_after_backward_the_picture_is_still_there(net):
    net[1].backward()
    assert "tanh" in viz.graph(net[1])


def test_errors():
    with pytest.raises(TypeError, match="not int"):
        viz.graph(5)
    with pytest.raises(ValueError, match="does not require grad"):
        viz.graph(torch.ones(1))
    with pytest.raises(ValueError, match="format must be"):
        viz.graph(torch.ones(1, requires_grad=True) * 2, "png")


def test_render(tmp_path, monkeypatch):
    drawn = viz.make_dot(torch.ones(1, requires_grad=True) * 2)
    with pytest.raises(ValueError, match="no ending"):
        drawn.render(tmp_path / "graph")
    if shutil.which("dot"):
        assert drawn.render(tmp_path / "graph.svg").read_text().count("<svg")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="Graphviz"):
        drawn.render(tmp_path / "graph.svg")
