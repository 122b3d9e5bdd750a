"""Chance for samplers: numbers that are a function of seed, epoch and place alone, whatever was drawn before them."""

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
STEPS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))


@dataclass(frozen=True, eq=False)
class Dice:
    """Dice for some places of an epoch (draws are counted from 0): each place has numbers of its own for every purpose.

    The numbers are SplitMix64's, hashed from (seed, epoch, purpose, place): Steele, Lea and Flood, "Fast splittable
    pseudorandom number generators" (2014).
    """

    seed: int
    epoch: int
    places: np.ndarray
    purpose: str = ""

    def of(self, purpose: str) -> "Dice":
        """Others for a purpose, which have nothing to do with these."""
        return replace(self, purpose=f"{self.purpose}/{purpose}")

    def at(self, places: np.ndarray) -> "Dice":
        """The dice of other places, such as the numbers of the batches that these are in."""
        return replace(self, places=places)

    def bits(self, count: int = 1) -> np.ndarray:
        """64 random bits, (places, count) of uint64."""
        key = np.array([self.seed, self.epoch, zlib.crc32(self.purpose.encode())], "int64").astype("uint64")
        start = _mixed(_mixed(_mixed(key[:1]) + key[1:2]) + key[2:])
        own = _mixed(start + self.places.astype("uint64") * GOLDEN)
        return _mixed(own[:, None] + np.arange(1, count + 1, dtype="uint64") * GOLDEN)

    def below(self, limits: Any, count: int = 1) -> np.ndarray:
        """Whole numbers from 0 to below `limits` (a number, or one for each place; less than 2^31): (places, count) of int64."""
        limits = np.broadcast_to(np.asarray(limits, "uint64"), self.places.shape)
        return ((self.bits(count) >> np.uint64(33)) * limits[:, None] >> np.uint64(31)).astype("int64")

    def uniform(self, count: int = 1) -> np.ndarray:
        """Numbers from 0 to below 1: (places, count) of float32."""
        return (self.bits(count) >> np.uint64(40)).astype("float32") * np.float32(2**-24)

    def normal(self, count: int = 1) -> np.ndarray:
        """Numbers of mean 0 and standard deviation 1, by Box and Muller: (places, count) of float32."""
        pairs = -(-count // 2)
        bits = self.bits(pairs)
        above_zero = ((bits >> np.uint64(40)) + np.uint64(1)).astype("float32") * np.float32(2**-24)
        angle = (bits & np.uint64(0xFFFFFF)).astype("float32") * np.float32(2 * np.pi * 2**-24)
        radius = np.sqrt(-2 * np.log(above_zero))
        return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :count]

    def several(self, limits: Any, count: int) -> np.ndarray:
        """So many different numbers from 0 to below `limits`, every set of them as likely: (places, count) of int64.

        By Floyd's way, in Bentley, "Programming pearls: a sample of brilliance" (1987).
        """
        limits = np.broadcast_to(np.asarray(limits, "int64"), self.places.shape)
        found = np.empty((len(self.places), count), "int64")
        for step in range(count):
            last = limits - count + step
            drawn = self.of(f"{step}").below(last + 1)[:, 0]
            taken = (found[:, :step] == drawn[:, None]).any(axis=1)
            found[:, step] = np.where(taken, last, drawn)
        return found


def _mixed(bits: np.ndarray) -> np.ndarray:
    """SplitMix64's finish: every bit of the result hangs on every bit given."""
    for shift, factor in STEPS:
        bits = (bits ^ (bits >> np.uint64(shift))) * factor
    return bits ^ (bits >> np.uint64(31))
