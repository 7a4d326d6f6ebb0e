"""The generator: seeding, words, saved states. The literals were printed by torch 2.13.0 on a CPU."""

import copy
import hashlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from minitorch_nlp import random
from minitorch_nlp.random import engine


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest()[:16]


@pytest.fixture(autouse=True)
def default_generator_kept():
    before = engine.default_generator
    saved = before.state_bytes()
    yield
    random.set_default_generator(before)
    before.load_state_bytes(saved)


def test_first_numbers_of_seed_zero():
    random.manual_seed(0)
    assert random.uniform(3).tolist() == [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]


def test_words_are_those_of_the_mersenne_twister():
    assert random.Generator().manual_seed(5489).words32(3).tolist() == [3499211612, 581869302, 3890346734]  # the reference code's output


def test_first_word_of_a_pair_is_the_high_half():
    g = random.Generator().manual_seed(3)
    high, low = (int(w) for w in random.Generator().manual_seed(3).words32(2))
    assert int(g.words64(1)[0]) == high << 32 | low


@pytest.mark.parametrize("n", [1, engine.FEW - 1, engine.FEW, engine.FEW + 1])
def test_few_and_many_words_continue_one_stream(n):
    g, reference = random.Generator().manual_seed(8), random.Generator().manual_seed(8)
    drawn = np.concatenate([g.words32(n), g.words64(n).view(np.uint32).reshape(-1, 2)[:, ::-1].ravel(), g.words32(1)])
    one_by_one = np.concatenate([reference.words32(64) for _ in range(3 * n // 64 + 1)])[: 3 * n + 1]
    assert drawn.tolist() == one_by_one.tolist()


@pytest.mark.parametrize(("seed", "kept"), [(0, 0), (-1, 2**64 - 1), (-(2**63), 2**63), (2**64 - 1, 2**64 - 1), (2**32 + 7, 2**32 + 7)])
def test_initial_seed_is_the_seed_modulo_two_to_the_64(seed, kept):
    g = random.Generator()
    assert g.manual_seed(seed) is g
    assert g.initial_seed() == kept
    assert g.words32(5).tolist() == random.Generator().manual_seed(kept % 2**32).words32(5).tolist()


def test_an_unseeded_generator_has_torchs_seed():
    assert random.Generator().initial_seed() == 67280421310721


def test_module_functions_act_on_the_default_generator():
    assert random.manual_seed("7") is random.default_generator
    assert random.initial_seed() == 7
    value = random.seed()
    assert 0 <= value < 2**64
    assert random.initial_seed() == value != random.seed()


def test_default_generator_can_be_replaced():
    mine = random.Generator().manual_seed(0)
    random.set_default_generator(mine)
    assert random.default_generator is mine
    assert random.uniform(1)[0] == np.float32(0.49625658988952637)
    random.manual_seed(4)
    assert mine.initial_seed() == 4


@pytest.mark.parametrize(("drawn", "expected"), [(0, "952488d813001563"), (1000, "37d80c50cd9cfdc6")])
def test_state_bytes_are_torchs(drawn, expected):
    g = random.Generator().manual_seed(2**32 + 9)
    random.uniform(drawn, generator=g)
    state = g.state_bytes()
    assert state.shape == (5056,)
    assert state.dtype == np.uint8
    assert digest(state) == expected


@pytest.mark.parametrize("drawn", [0, 1, 3, 623, 624, 625, 1248, 5000])
def test_state_round_trip(drawn):
    g = random.Generator().manual_seed(11)
    g.words32(drawn)
    random.normal(3, generator=g)  # leaves a spare number
    saved = g.state_bytes()
    expected = random.normal(5, generator=g), g.words32(700)
    other = random.Generator()
    other.load_state_bytes(saved)
    assert other.initial_seed() == 11
    assert other.state_bytes().tobytes() == saved.tobytes()
    actual = random.normal(5, generator=other), other.words32(700)
    assert [a.tobytes() for a in actual] == [e.tobytes() for e in expected]


@pytest.mark.parametrize("drawn", [0, 624])
def test_a_fresh_block_and_a_used_up_one_are_told_apart(drawn):
    g = random.Generator().manual_seed(1)
    g.words32(drawn)
    record = g.state_bytes().view(engine.STATE)[0]
    assert (record["left"], record["next"]) == (1, drawn)
    again = random.Generator()
    again.load_state_bytes(g.state_bytes())
    assert again.state_bytes().tobytes() == g.state_bytes().tobytes()


def test_seeding_forgets_the_spare_normal_and_other_draws_keep_it():
    g = random.Generator().manual_seed(2)
    first = random.normal(2, np.float64, generator=g)
    g.manual_seed(2)
    assert random.normal(1, np.float64, generator=g)[0] == first[0]
    random.uniform(5, generator=g)
    random.normal(32, generator=g)
    assert random.normal(1, np.float64, generator=g)[0] == first[1]
    random.normal(1, generator=g)
    g.manual_seed(2)
    assert random.normal(1, np.float64, generator=g)[0] == first[0]


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("drawn", [0, 10])
def test_copies_go_their_own_way(twin, drawn):
    g = random.Generator().manual_seed(6)
    g.words32(drawn)
    other = twin(g)
    assert other.words32(3000).tolist() == g.words32(3000).tolist()
    assert other.words32(5).tolist() == g.words32(5).tolist()
    other.manual_seed(1)
    assert g.initial_seed() == 6
    assert other.words32(4000).tolist() == random.Generator().manual_seed(1).words32(4000).tolist()


def test_drawing_nothing_leaves_the_state_alone():
    g = random.Generator().manual_seed(0)
    before = g.state_bytes().tobytes()
    for shape in (0, (2, 0)):
        random.uniform(shape, generator=g), random.uniform(shape, np.float64, generator=g), random.normal(shape, generator=g)
        random.integers(shape, 0, 5, generator=g), random.bernoulli_mask(shape, 0.5, generator=g)
    random.permutation(1, generator=g)
    assert g.state_bytes().tobytes() == before


@pytest.mark.parametrize(
    ("seed", "error"), [(2**64, ValueError), (-(2**63) - 1, ValueError), (1.5, RuntimeError), ("1", RuntimeError), (None, RuntimeError)]
)
def test_bad_seeds(seed, error):
    with pytest.raises(error, match="manual_seed: the seed must"):
        random.Generator().manual_seed(seed)


def test_the_module_function_takes_what_int_takes():
    assert random.manual_seed(1.7).initial_seed() == 1
    with pytest.raises(ValueError):
        random.manual_seed("a")
    with pytest.raises(TypeError):
        random.manual_seed(None)


def spoiled(field, value):
    state = random.Generator().manual_seed(0).state_bytes()
    state.view(engine.STATE)[field] = value
    return state


@pytest.mark.parametrize(
    ("field", "value"), [("seeded", 0), ("left", 0), ("left", 625), ("left", -3), ("next", 625), ("next", 300), ("left", 300)]
)
def test_bytes_no_generator_writes_are_refused(field, value):
    g = random.Generator().manual_seed(0)
    before = g.state_bytes().tobytes()
    with pytest.raises(RuntimeError, match="set_state: needs seeded and left"):
        g.load_state_bytes(spoiled(field, value))
    assert g.state_bytes().tobytes() == before


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        (np.zeros(5048, np.uint8), RuntimeError, "5056 bytes, but this has 5048"),
        (np.zeros(5056), TypeError, "float64 array"),
        (b"abc", TypeError, "bytes"),
    ],
)
def test_what_is_no_state_is_refused(state, error, text):
    with pytest.raises(error, match=text):
        random.Generator().load_state_bytes(state)


def test_wrong_device_and_wrong_generator():
    assert random.Generator(device="cpu").initial_seed() == random.Generator().initial_seed()
    with pytest.raises(RuntimeError, match="device must be 'cpu', but device = 'cuda'"):
        random.Generator("cuda")
    with pytest.raises(TypeError, match="generator must be a Generator or None, but it is a int"):
        random.uniform(3, generator=5)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        random.nonsense


def test_repr_names_the_seed():
    assert repr(random.Generator().manual_seed(3)) == "<Generator device='cpu' initial_seed=3>"


def test_import_does_not_load_numpys_generators():
    code = """
import sys, numpy
before = "numpy.random" in sys.modules
import minitorch_nlp.random
print(before == ("numpy.random" in sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "True"
