"""The order in which PyTorch's sort leaves equal elements.

It is not stable: it is that of the introsort in the GNU C++ library (Musser, "Introspective sorting and selection algorithms", 1997). Packing a
batch sorts its lengths, and with another order among equal ones dropout between layers would meet other sequences.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["falling_order"]

SMALL = 16  # parts of at most so many elements are left to the final insertion sort


def falling_order(keys: Sequence[int]) -> list[int]:
    """The places of `keys` from the greatest to the smallest.

    >>> falling_order([1, 3, 2])
    [1, 2, 0]
    """
    places = list(range(len(keys)))
    if len(keys) > SMALL:
        split(keys, places, 0, len(keys), 2 * (len(keys).bit_length() - 1))
    for i in range(1, len(keys)):
        insert(keys, places, i)
    return places


def insert(keys: Sequence[int], places: list[int], i: int) -> None:
    """Move place i forward past all smaller keys: one step of insertion sort."""
    place, j = places[i], i
    while j and keys[place] > keys[places[j - 1]]:
        places[j] = places[j - 1]
        j -= 1
    places[j] = place


def split(keys: Sequence[int], places: list[int], first: int, last: int, depth: int) -> None:
    """Quicksort's part: until no part is longer than `SMALL`, the greater keys of each stand before the smaller ones."""
    while last - first > SMALL:
        if not depth:  # quicksort goes wrong here; the order is then that of a stable sort
            places[first:last] = sorted(places[first:last], key=lambda place: -keys[place])
            return
        depth -= 1
        cut = partition(keys, places, first, last)
        split(keys, places, cut, last, depth)
        last = cut


def partition(keys: Sequence[int], places: list[int], first: int, last: int) -> int:
    """Put the keys not below the pivot in front of those not above it; returns where the second begins."""
    candidates = (first + 1, first + (last - first) // 2, last - 1)
    middle = median(*(keys[places[c]] for c in candidates))
    places[first], places[candidates[middle]] = places[candidates[middle]], places[first]
    pivot, i, j = keys[places[first]], first + 1, last
    while True:
        while keys[places[i]] > pivot:
            i += 1
        j -= 1
        while pivot > keys[places[j]]:
            j -= 1
        if i >= j:
            return i
        places[i], places[j] = places[j], places[i]
        i += 1


def median(a: int, b: int, c: int) -> int:
    """Which of three keys is the median: 0, 1 or 2. Among equal ones the library's choice."""
    if a > b:
        return 1 if b > c else 2 if a > c else 0
    return 0 if a > c else 2 if b > c else 1
