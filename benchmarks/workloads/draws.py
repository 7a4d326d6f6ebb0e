"""Random numbers: one call at two sizes. ``python -m benchmarks.workloads.draws`` prints draws per second here, in PyTorch and in NumPy.

NumPy's Generator draws other numbers (PCG64, ziggurat): it is there to say what a call costs when nobody's numbers have to be matched.
With Numba (``MINITORCH_NLP_KERNELS=0`` does without) compiled code makes the normals and the permutations, once a program has drawn some.
"""

from time import perf_counter

STEPS = 300
WARM = 0.5  # seconds of draws before the first measured one: after that compiled code, if there is any, has been loaded
SMALL, LARGE = 1000, 100_000

TORCH = {
    "rand": lambda torch, n: torch.rand(n),
    "randn": lambda torch, n: torch.randn(n),
    "randint": lambda torch, n: torch.randint(0, 10, (n,)),
    "bernoulli": lambda torch, n: torch.empty(n).bernoulli_(0.5),
    "dropout": lambda torch, n: torch.nn.functional.dropout(torch.ones(n), 0.5),
    "exponential": lambda torch, n: torch.empty(n).exponential_(),
    "randperm": lambda torch, n: torch.randperm(n),
    "poisson": lambda torch, n: torch.poisson(torch.full((n,), 4.0)),
    "categorical": lambda torch, n: torch.distributions.Categorical(logits=torch.zeros(10)).sample((n,)),
}
NUMPY = {
    "rand": lambda g, n: g.random(n, "f4"),
    "randn": lambda g, n: g.standard_normal(n, "f4"),
    "randint": lambda g, n: g.integers(0, 10, n),
    "bernoulli": lambda g, n: (g.random(n, "f4") < 0.5).astype("f4"),
    "dropout": lambda g, n: (g.random(n, "f4") < 0.5) * 2.0,
    "exponential": lambda g, n: g.standard_exponential(n, "f4"),
    "randperm": lambda g, n: g.permutation(n),
    "poisson": lambda g, n: g.poisson(4.0, n),
    "categorical": lambda g, n: g.choice(10, n),
}
DRAWS = [f"{name}_{n}" for name in ("rand", "randn", "randint", "dropout") for n in (SMALL, LARGE)]


def build(library, which):
    name, n = which.split("_")
    if library.__name__ == "numpy":
        generator = library.random.default_rng(0)
        return lambda: NUMPY[name](generator, int(n))
    library.manual_seed(0)
    draw, start = TORCH[name], perf_counter()
    while perf_counter() - start < WARM:
        draw(library, int(n))
    return lambda: draw(library, int(n))


def seconds_per_call(library, which):
    """The quickest of several runs: other programs only make it slower."""
    from timeit import repeat

    step = build(library, which)
    calls = 200 if which.endswith(f"_{SMALL}") else 5
    return min(repeat(step, number=calls, repeat=15)) / calls


def main():
    from importlib import import_module

    libraries = [import_module(name) for name in ("minitorch_nlp", "torch", "numpy")]
    libraries[1].set_num_threads(1)
    print("million draws per second, one thread")
    print(f"{'':20} {'ours':>8} {'torch':>8} {'numpy':>8}  ours takes (times torch's)")
    for name in TORCH:
        for n in (SMALL, LARGE):
            ours, torch, numpy = (seconds_per_call(library, f"{name}_{n}") for library in libraries)
            print(f"{name:11} {n:8} {n / ours / 1e6:8.1f} {n / torch / 1e6:8.1f} {n / numpy / 1e6:8.1f}  {ours / torch:.1f}", flush=True)


if __name__ == "__main__":
    main()
