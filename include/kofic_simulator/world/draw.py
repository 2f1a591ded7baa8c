"""Deterministic draws: the same parts give the same number in every process."""

import random
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def number(*parts: object) -> int:
    """A 64-bit number that depends on nothing but `parts`."""
    return int.from_bytes(blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def generator(*parts: object) -> random.Random:
    """A random generator of its own for `parts`."""
    return random.Random(number(*parts))


def unit(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but `parts`."""
    return number(*parts) / 2**64


def pick(options: Sequence[T], *parts: object) -> T:
    """One of `options`, chosen by `parts`."""
    return options[number(*parts) % len(options)]
