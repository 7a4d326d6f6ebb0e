"""One file per workload: `build(torch)` returns a function that does one training step. `torch` is either library: the code is the same."""
