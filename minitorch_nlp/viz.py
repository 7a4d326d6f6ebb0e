"""Drawing what was recorded: the graph behind a tensor, as Mermaid or DOT text, with each op's formula.

Nothing needs to be installed for the text. GitHub, Jupyter and many editors draw Mermaid; `Graph.render` needs Graphviz's ``dot``.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .autograd.node import Node
from .autograd.tape import edge_of
from .tensor.tensor import Tensor

__all__ = ["Graph", "Vertex", "graph", "make_dot"]


@dataclass
class Vertex:
    """One box: an op that ran ("op"), a leaf that wants a gradient ("leaf"), the result ("result"), or a loose end ("more")."""

    name: str
    kind: Literal["leaf", "more", "op", "result"]
    shape: tuple[int, ...] | None = None
    formula: str = ""

    @property
    def lines(self) -> list[str]:
        shape = [] if self.shape is None else ["×".join(map(str, self.shape)) or "scalar"]
        return [self.name, *([self.formula] if self.formula else []), *shape]


@dataclass
class Graph:
    """The graph behind a tensor: boxes, and the arrows along which values flowed (gradients flow back)."""

    vertices: list[Vertex] = field(default_factory=list)
    arrows: list[tuple[int, int]] = field(default_factory=list)

    def mermaid(self) -> str:
        """The text of a Mermaid flowchart."""
        out = ["flowchart TD"]
        for i, v in enumerate(self.vertices):
            left, right = MERMAID[v.kind]
            text = "<br/>".join(escaped(line, MERMAID_ESCAPES) for line in v.lines)
            out.append(f'    n{i}{left}"{text}"{right}')
        out += [f"    n{a} --> n{b}" for a, b in self.arrows]
        leaves = [f"n{i}" for i, v in enumerate(self.vertices) if v.kind == "leaf"]
        if leaves:
            out += ["    classDef leaf fill:#d7e8ff,stroke:#4a7ab5", f"    class {','.join(leaves)} leaf"]
        return "\n".join(out) + "\n"

    def dot(self) -> str:
        """The text of a Graphviz digraph."""
        out = ["digraph {", "    rankdir=TB", '    node [shape=box, style="rounded", fontname="Helvetica", fontsize=11]']
        for i, v in enumerate(self.vertices):
            text = "\\n".join(escaped(line, DOT_ESCAPES) for line in v.lines)
            out.append(f'    n{i} [label="{text}"{DOT[v.kind]}]')
        out += [f"    n{a} -> n{b}" for a, b in self.arrows]
        return "\n".join(out) + "\n}\n"

    def render(self, path: str | Path) -> Path:
        """Draw it into a file, in the format of its ending (.svg, .png, .pdf); needs the program ``dot`` of Graphviz."""
        path = Path(path)
        kind = path.suffix.removeprefix(".")
        if not kind:
            raise ValueError(f"render: {path} has no ending that says the format; use .svg, .png or .pdf")
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                "render: Graphviz's program `dot` was not found; install it (e.g. `apt install graphviz`), "
                "or paste the text of .mermaid() where Mermaid is drawn"
            )
        done = subprocess.run([program, f"-T{kind}", "-o", str(path)], input=self.dot(), text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"render: dot refused: {done.stderr.strip()}")
        return path

    def __str__(self) -> str:
        return self.mermaid()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """What JupyterLab (4.1 and later) draws; other notebooks show the text."""
        return {"text/vnd.mermaid": self.mermaid(), "text/plain": self.mermaid()}


MERMAID = {"op": ("[", "]"), "leaf": ("([", "])"), "result": ("[[", "]]"), "more": ("(", ")")}
MERMAID_ESCAPES = {"&": "&amp;", "#": "#35;", '"': "#quot;", "<": "&lt;", ">": "&gt;", "`": "'"}
DOT = {
    "op": "",
    "leaf": ', style="rounded,filled", fillcolor="#d7e8ff"',
    "result": ", peripheries=2",
    "more": ", style=dashed",
}
DOT_ESCAPES = {"\\": "\\\\", '"': '\\"'}


def escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(c, c) for c in text)


def graph(
    output: Any,
    format: Literal["dot", "mermaid"] | None = "mermaid",
    *,
    params: Mapping[str, Any] | None = None,
    formulas: bool = True,
    limit: int = 500,
) -> Any:
    """The graph that made `output` (a tensor, or several): its text, or with ``format=None`` the `Graph` itself.

    Args:
        format: "mermaid" or "dot".
        params: names for leaves, e.g. ``dict(model.named_parameters())``.
        formulas: show each op's formula, the first line of its forward's docstring.
        limit: at most this many boxes; what lies behind is one dashed box.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.viz import graph
    >>> w = torch.ones(2, requires_grad=True)
    >>> print(graph(torch.exp(w), params={"w": w}))
    flowchart TD
        n0[["result<br/>2"]]
        n1["exp<br/>y = e^x<br/>2"]
        n2(["w<br/>2"])
        n1 --> n0
        n2 --> n1
        classDef leaf fill:#d7e8ff,stroke:#4a7ab5
        class n2 leaf
    <BLANKLINE>
    """
    outputs = list(output) if isinstance(output, (tuple, list)) else [output]
    for t in outputs:
        if not isinstance(t, Tensor):
            raise TypeError(f"graph: a Tensor, or several, is wanted, not {type(t).__name__}")
        if not t.requires_grad:
            raise ValueError("graph: this tensor was not made by recorded ops; it does not require grad")
    if format not in ("mermaid", "dot", None):
        raise ValueError(f'graph: format must be "mermaid", "dot" or None, not {format!r}')
    drawn = draw(outputs, {id(t): name for name, t in (params or {}).items()}, formulas, limit)
    return drawn if format is None else drawn.mermaid() if format == "mermaid" else drawn.dot()


def make_dot(var: Any, params: Mapping[str, Any] | None = None) -> Graph:
    """torchviz's name: the `Graph` behind a tensor; ``.dot()`` is its text, ``.render("net.svg")`` its picture."""
    return graph(var, None, params=params)


def draw(outputs: list[Any], names: dict[int, str], formulas: bool, limit: int) -> Graph:
    """Walk back from the outputs, breadth first."""
    drawn = Graph()
    numbers: dict[int, int] = {}  # of the boxes, by the id of what they stand for
    alive: list[Any] = []  # so that no id is used twice
    queue: list[tuple[Any, int, Any]] = []
    for i, t in enumerate(outputs):
        drawn.vertices.append(Vertex(names.get(id(t), "result" if len(outputs) == 1 else f"result {i}"), "result", tuple(t.shape)))
        queue.append((edge_of(t), i, tuple(t.shape)))
    for edge, target, shape in queue:  # grows while it is walked
        owner = edge.parent or edge if isinstance(edge, Node) else edge
        alive.append(owner)
        number = numbers.get(id(owner))
        if number is None:
            number = numbers[id(owner)] = len(drawn.vertices)
            if number > limit:
                drawn.vertices.append(Vertex("…", "more"))
                drawn.arrows.append((number, target))
                return drawn
            drawn.vertices.append(vertex(owner, shape, names, formulas))
            if isinstance(owner, Node):
                queue += [(e, number, shape_of(x)) for e, x in behind(owner) if e is not None]
        drawn.arrows.append((number, target))
    return drawn


def behind(node: Node) -> Iterable[tuple[Any, Any]]:
    """(edge, input) of a node; the inputs of a freed one are gone."""
    inputs = node.inputs if len(node.inputs) == len(node.edges) else [None] * len(node.edges)
    return zip(node.edges, inputs)


def shape_of(x: Any) -> tuple[int, ...] | None:
    return tuple(x.array.shape) if hasattr(x, "array") else None


def vertex(owner: Any, shape: Any, names: dict[int, str], formulas: bool) -> Vertex:
    if not isinstance(owner, Node):
        return Vertex(names.get(id(owner), "leaf"), "leaf", tuple(owner.shape))
    if owner.outputs is not None:
        shape = None  # it has several
    doc = (getattr(owner.op, "__doc__", None) or "") if formulas and hasattr(owner.op, "array_names") else ""
    formula = doc.strip().partition("\n")[0].rstrip(".")
    return Vertex(owner.op.name, "op", shape, formula)
