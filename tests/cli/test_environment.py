"""What scripts ask about their surroundings: versions, devices, compilers, other processes."""

import copy
import json
import sys

import pytest

import minitorch_nlp as torch
from minitorch_nlp.cli import main


@pytest.mark.parametrize(
    "question",
    [
        "torch.__version__.split('.')[:2] == ['2', '13']", "torch.__version__ >= (2, 1)", "torch.__version__ >= '1.13.1'",
        "torch.__version__ < '2.100'", "not torch.__version__ < (2, 9)", "torch.__version__ > '2.2'", "torch.__version__ == torch.version.__version__",
        "(torch.version.cuda is None) != torch.cuda.is_available()", "torch.version.hip is None",
        "(torch.accelerator.current_accelerator() is None) != torch.cuda.is_available()",
        "torch.distributed.is_available() is False", "torch.distributed.is_initialized() is False", "torch.distributed.ReduceOp.SUM == 0",
        "torch.jit.is_scripting() is False", "torch.compiler.is_compiling() is False", "torch.onnx.is_in_onnx_export() is False",
        "torch.backends.mps.is_available() is False", "torch.backends.cudnn.is_available() is False",
    ],
)  # fmt: skip
def test_answers(question):
    assert eval(question)


def test_switches_are_remembered():
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.deterministic = True
    assert torch.backends.cudnn.benchmark
    with torch.backends.cudnn.flags(benchmark=False, deterministic=False):
        assert not torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.deterministic
    torch.backends.cudnn.benchmark = torch.backends.cudnn.deterministic = False
    torch.backends.cuda.matmul.allow_tf32 = True
    assert torch.get_float32_matmul_precision() == "high"
    torch.backends.cuda.matmul.allow_tf32 = False
    assert torch.get_float32_matmul_precision() == "highest"


def test_compiling_gives_back_what_it_is_given():
    net = torch.nn.Linear(2, 3)
    assert torch.jit.script(net) is net
    assert torch.jit.trace(net, torch.ones(1, 2)) is net

    @torch.compile(dynamic=True)
    @torch.jit.ignore
    @torch.compiler.disable(recursive=False)
    @torch.jit.ignore(drop=True)
    def f(x):
        return x + 1

    assert f(2) == 3
    assert torch.jit.wait(torch.jit.fork(f, 4)) == 5
    for wrong, kind in (({"mode": "fast"}, RuntimeError), ({"mode": "default", "options": {}}, RuntimeError)):
        with pytest.raises(kind, match="compile"):
            torch.compile(net, **wrong)
    with pytest.raises(TypeError, match="compile"):
        torch.compile(3)
    with pytest.raises(RuntimeError, match="eval"):
        torch.jit.freeze(net)


class TestCompiledModule:
    def make(self):
        net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Dropout(0.5))
        return net, torch.compile(net, mode="max-autotune", fullgraph=True)

    def test_holds_the_module_under_its_name_in_pytorch(self):
        net, compiled = self.make()
        assert repr(compiled).startswith("OptimizedModule(\n  (_orig_mod): Sequential(")
        assert list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
        assert isinstance(compiled, torch._dynamo.OptimizedModule)
        assert compiled._orig_mod is net
        assert len(compiled) == 2
        assert torch.compile(compiled) is compiled
        assert torch.compile()(net)._orig_mod is net
        with pytest.raises(TypeError, match="does not support len"):
            len(torch.compile(net[0]))

    def test_attributes_are_the_modules(self):
        net, compiled = self.make()
        compiled.note = 5
        compiled.head = torch.nn.Linear(3, 1)
        assert (net.note, net.head.out_features, compiled.note) == (5, 1, 5)
        compiled.eval()
        assert (net.training, net[1].training, compiled.training) == (False, False, False)
        net.train()
        assert compiled.training
        with pytest.raises(AttributeError, match="Sequential"):
            compiled.nothing

    def test_computes_and_trains_and_is_copied_and_saved(self):
        net, compiled = self.make()
        calls = []
        net.register_forward_hook(lambda *_: calls.append("module"))
        compiled.register_forward_hook(lambda *_: calls.append("compiled"))
        compiled(torch.ones(1, 2)).sum().backward()
        assert calls == ["module", "compiled"]
        assert net[0].weight.grad is not None
        twin = copy.deepcopy(compiled)
        assert twin._orig_mod is not net
        assert not twin.load_state_dict(compiled.state_dict()).missing_keys
        assert compiled.to(torch.float64) is compiled
        assert net[0].weight.dtype is torch.float64

    def test_settings_of_the_compiler_can_be_made(self):
        torch._dynamo.config.suppress_errors = True
        torch._inductor.config.triton.unique_kernel_names = True
        torch._dynamo.reset()
        assert torch._dynamo.config.suppress_errors


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: torch.distributed.init_process_group("gloo"), NotImplementedError, "several processes"),
        (lambda: torch.distributed.get_rank(), ValueError, "not been initialized"),
        (lambda: torch.distributed.all_reduce(torch.ones(1)), ValueError, "not been initialized"),
        (lambda: torch.hub.load("a/b", "c"), NotImplementedError, "nothing is downloaded"),
        (lambda: torch.onnx.export(None), NotImplementedError, "ONNX"),
        (lambda: torch.jit.save(None, "x"), NotImplementedError, "state_dict"),
        (lambda: torch.cuda.Stream(), NotImplementedError, "streams"),
        (lambda: torch.cuda.set_device("cpu"), ValueError, "Expected a cuda device"),
        (lambda: torch.cuda.set_per_process_memory_fraction(2), ValueError, "between 0 and 1"),
        (lambda: torch.profiler.profile(profile_memory=True), NotImplementedError, "profile_memory"),
        (lambda: torch.get_device_module("mps"), RuntimeError, "Invalid device module"),
    ],
)
def test_refusals(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_without_a_gpu():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert torch.cuda.memory_allocated() == torch.cuda.max_memory_allocated() == torch.cuda.device_count() == 0
    assert torch.cuda.get_rng_state_all() == []
    torch.cuda.empty_cache()
    with torch.cuda.device(-1), torch.accelerator.device_index(None):
        pass
    for call in (torch.cuda.get_device_name, torch.cuda.mem_get_info, torch.cuda.current_device, torch.cuda.init):
        with pytest.raises(AssertionError, match="no CUDA device"):
            call()
    with pytest.raises(RuntimeError, match="when none is available"):
        torch.accelerator.synchronize()
    with pytest.raises(RuntimeError, match="no CUDA device"):
        torch.cuda.Event()


def test_hub_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert torch.hub.get_dir() == str(tmp_path / "hub")
    monkeypatch.setattr(torch.hub, "chosen", None)
    torch.hub.set_dir(str(tmp_path / "other"))
    assert torch.hub.get_dir() == str(tmp_path / "other")


def test_profiler(tmp_path):
    made = []
    plan = torch.profiler.schedule(wait=1, warmup=1, active=2, repeat=1)
    assert [plan(i).name for i in range(6)] == ["NONE", "WARMUP", "RECORD", "RECORD_AND_SAVE", "NONE", "NONE"]
    with torch.profiler.profile(schedule=plan, on_trace_ready=made.append, record_shapes=True) as profiler:
        for i in range(6):
            with torch.profiler.record_function(f"part {i % 2}"):
                torch.ones(2).exp()
            profiler.step()
    assert made == [profiler]
    assert [e.name for e in profiler.events()] == ["part 0", "ProfilerStep#2", "part 1", "ProfilerStep#3"]
    row = next(r for r in profiler.key_averages() if r.key == "part 0")
    assert row.count == 1
    assert row.cpu_time_total > 0
    text = profiler.key_averages().table(sort_by="cpu_time_total", row_limit=1)
    assert len(text.splitlines()) == 2
    profiler.export_chrome_trace(tmp_path / "trace.json")
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == 4
    torch.profiler.tensorboard_trace_handler(str(tmp_path / "log"))(profiler)
    assert len(list((tmp_path / "log").iterdir())) == 1


def test_tensorboard_needs_its_package(monkeypatch):
    from minitorch_nlp.utils import tensorboard

    tensorboard.writer_class.cache_clear()
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        from minitorch_nlp.utils.tensorboard import SummaryWriter  # noqa: F401


def test_command_line(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == "minitorch-nlp 0.1.0, which follows PyTorch 2.13.0\n"
    with pytest.raises(SystemExit, match="2"):
        main([])
    for command, name in {
        "run": "minitorch-nlp run",
        "check": "minitorch-nlp check",
        "compare": "minitorch-nlp compare",
        "demo": "char_lm",
    }.items():
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
        assert capsys.readouterr().out.startswith(f"usage: {name} ")
