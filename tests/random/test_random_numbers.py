"""Draws against numbers printed by torch 2.13.0 on a CPU. Only rules free of the C library are here: these hold on every machine."""

import hashlib

import numpy as np
import pytest

from minitorch_nlp.random import (
    Generator,
    bernoulli_from,
    bernoulli_mask,
    exponential,
    integers,
    multinomial,
    normal,
    permutation,
    random_full,
    uniform,
)

DRAWS = {
    "uniform f4": lambda n, g: uniform(n, "f4", generator=g),
    "uniform f8": lambda n, g: uniform(n, "f8", generator=g),
    "uniform f2": lambda n, g: uniform(n, "f2", generator=g),
    "uniform -1/3..1/3 f4": lambda n, g: uniform(n, "f4", -1 / 3, 1 / 3, g),
    "uniform 0.1..7.3 f4": lambda n, g: uniform(n, "f4", 0.1, 7.3, g),
    "uniform 0.1..7.3 f8": lambda n, g: uniform(n, "f8", 0.1, 7.3, g),
    "uniform 1..1.01 f2": lambda n, g: uniform(n, "f2", 1, 1.01, g),
    "normal f4": lambda n, g: normal(n, "f4", generator=g),
    "normal 1.1,0.3 f4": lambda n, g: normal(n, "f4", 1.1, 0.3, g),
    "normal 0,0.02 f2": lambda n, g: normal(n, "f2", 0, 0.02, g),
    "integers 0..10": lambda n, g: integers(n, 0, 10, generator=g),
    "integers 2^28": lambda n, g: integers(n, -5, 2**28 - 5, generator=g),
    "integers 2^28-1": lambda n, g: integers(n, -5, 2**28 - 6, generator=g),
    "integers int64": lambda n, g: integers(n, -(2**63), 2**63 - 1, generator=g),
    "full i8": lambda n, g: random_full(n, "i8", g),
    "full f4": lambda n, g: random_full(n, "f4", g),
    "full u1": lambda n, g: random_full(n, "u1", g),
    "permutation": permutation,
    "mask 0.8": lambda n, g: bernoulli_mask(n, 0.8, g),
    "coins f4": lambda n, g: bernoulli_from(np.arange(n, dtype="f4") / np.float32(n), g),
    "coins f8": lambda n, g: bernoulli_from(np.arange(n) / n, g),
    "categories": lambda n, g: multinomial(np.arange(1, 51, dtype="f4"), n, True, g),
}

DIGESTS = [  # name, size, seed, start of the SHA-256 of the bytes
    ("uniform f4", 1000, 0, "20221bec9830215c"),
    ("uniform f4", 4099, -7, "61f3a43985bbf024"),
    ("uniform f8", 1000, 0, "c59b53ef72076721"),
    ("uniform f8", 4099, -7, "d807e3da063da026"),
    ("uniform f2", 1000, 0, "99e0fd910f2e8b1b"),
    ("uniform f2", 4099, -7, "dcb4dc3fd324e3df"),
    ("uniform -1/3..1/3 f4", 1000, 0, "23e95648a2631c70"),
    ("uniform -1/3..1/3 f4", 4099, -7, "38a47aca6ac92950"),
    ("uniform 0.1..7.3 f4", 1000, 0, "37f008eea6b6fc54"),
    ("uniform 0.1..7.3 f4", 4099, -7, "0e92b6acf14df4a1"),
    ("uniform 0.1..7.3 f8", 1000, 0, "421774ef3e365a69"),
    ("uniform 0.1..7.3 f8", 4099, -7, "ae3097b211b19ff7"),
    ("uniform 1..1.01 f2", 1000, 0, "ff55fb6300afd5c1"),
    ("uniform 1..1.01 f2", 4099, -7, "5b49783d74264537"),
    ("normal f4", 1000, 0, "43678415636bbad8"),
    ("normal f4", 4099, -7, "0142eea68ad6a7c3"),
    ("normal 1.1,0.3 f4", 1000, 0, "71c0881d2449be24"),
    ("normal 1.1,0.3 f4", 4099, -7, "f00aac9b702312d1"),
    ("normal 0,0.02 f2", 1000, 0, "7decb843c4059516"),
    ("normal 0,0.02 f2", 4099, -7, "61743098d014e15d"),
    ("integers 0..10", 1000, 0, "0015317fea1e0d43"),
    ("integers 0..10", 4099, -7, "d399a8ed1b3db4b9"),
    ("integers 2^28", 1000, 0, "3a597f32dfad7020"),
    ("integers 2^28", 4099, -7, "80d952e3926020c5"),
    ("integers 2^28-1", 1000, 0, "350d181faa01bd8a"),
    ("integers 2^28-1", 4099, -7, "91ae5916c9659a5b"),
    ("integers int64", 1000, 0, "9d2539b8fcbcca38"),
    ("integers int64", 4099, -7, "ad861467c882e011"),
    ("full i8", 1000, 0, "35fbbccf4a403543"),
    ("full i8", 4099, -7, "3a479a49426f03aa"),
    ("full f4", 1000, 0, "ae7389f1d20e19f8"),
    ("full f4", 4099, -7, "4abeb90dc747fd8a"),
    ("full u1", 1000, 0, "190484e0f0546710"),
    ("full u1", 4099, -7, "858157ede731352b"),
    ("permutation", 100, 5, "7bb6a0a40062922e"),
    ("permutation", 1000, 0, "cee4a88ef6120e8e"),
    ("permutation", 4099, -7, "7eac4221765d7804"),
    ("mask 0.8", 1000, 0, "27284311470e2f6d"),
    ("mask 0.8", 4099, -7, "0a144667e5a31b5e"),
    ("coins f4", 1000, 0, "805621816760d358"),
    ("coins f4", 4099, -7, "33f7aa5d26afa457"),
    ("coins f8", 1000, 0, "a83f5ce353f9d977"),
    ("coins f8", 4099, -7, "450963cc2d14201b"),
    ("categories", 1000, 0, "0fc0f7d5510a2ea9"),
    ("categories", 4099, -7, "78a2c4f6c702cf8a"),
]


@pytest.mark.parametrize(("name", "size", "seed", "expected"), DIGESTS)
def test_digest(name, size, seed, expected):
    values = DRAWS[name](size, Generator().manual_seed(seed))
    assert hashlib.sha256(values.tobytes()).hexdigest()[:16] == expected


def test_seventeen_normals():
    expected = """-0x1.20370a0p+0 -0x1.b2288c0p+0 0x1.2220080p-1 0x1.9646ba0p-1 0x1.329b160p-1 -0x1.8e1ab60p+0 -0x1.5d8d940p-2
        0x1.da5e9c0p+0 0x1.df54aa0p-2 -0x1.2bc6560p-1 -0x1.631dd60p-3 0x1.77c3480p-3 0x1.63ad800p+0 0x1.961a000p+0 0x1.e481380p-1
        -0x1.aff6660p-1 0x1.dd18600p-1"""
    assert normal(17, generator=Generator().manual_seed(0)).tolist() == [float.fromhex(x) for x in expected.split()]


def test_small_integers_and_permutation_and_coins():
    g = Generator().manual_seed(0)
    assert integers(8, 0, 100, generator=g).tolist() == [44, 39, 33, 60, 63, 79, 27, 3]
    assert permutation(8, g).tolist() == [1, 6, 7, 4, 3, 5, 0, 2]
    assert bernoulli_mask(8, 0.5, g).tolist() == [True, True, True, True, False, True, True, False]


def test_a_spare_normal_is_handed_on():
    g = Generator().manual_seed(0)
    drawn = np.concatenate([normal(n, generator=g) for n in (3, 2, 1)])
    expected = [1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991, -1.0845223665237427, -1.3985954523086548]
    np.testing.assert_allclose(drawn, expected, rtol=2e-7)  # the C library may differ in the last bit elsewhere


def test_through_the_c_library():
    g = Generator().manual_seed(2**64 - 1)
    expected = [1.219763015996571, -0.39297948372090163, 1.023075123518451, -0.3734211305047281]
    np.testing.assert_allclose(normal(4, "f8", generator=g), expected, rtol=1e-14)
    np.testing.assert_allclose(exponential(3, "f4", 2.0, g), [0.6744223237037659, 0.39720970392227173, 0.8661242723464966], rtol=2e-7)
    assert multinomial(np.array([0.1, 0.2, 0.3, 0.4], "f4"), 4, generator=g).tolist() == [2, 3, 1, 0]
    assert multinomial(np.array([[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]], "f4"), 1, generator=g).tolist() == [[2], [0]]
