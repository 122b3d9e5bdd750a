"""The registry of samplers, and what they make of a split."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from builder.data.drawing import Draws, undrawn
from builder.data.registry import Registry
from builder.data.table import Column
from builder.graph.plans import DataPlan, mixing

sampler = Registry("builder.data.samplers")


class Sampler(Protocol):
    """A sampler with its arguments given."""

    def draws(self, before: Draws) -> Draws:
        """What it makes of the draws of the samplers before it, or of a split's examples.

        Raises:
            SpecError: what the examples do not allow.
        """
        ...


def sampled(columns: Mapping[str, Column], split: str, plan: DataPlan) -> Draws:
    """The draws that a plan's samplers make of a split, one after the other.

    Raises:
        SpecError: what a sampler cannot do with these examples.
    """
    draws = undrawn(columns, split, plan.batch, plan.seed)
    for recipe, span in zip(plan.sample, plan.sample_spans, strict=True):
        made = sampler.known[recipe.name](**dict(recipe.args))
        draws = made.draws(replace(draws, span=span, about=(*draws.about, recipe), by=draws.by or getattr(made, "by", None)))
        if draws.joins and (mix := mixing(plan.augment)):
            raise draws.fault("sample-mix", sampler=recipe.name, mix=mix)
        if getattr(made, "composes", False) and plan.balance:
            raise draws.fault("sample-balance", sampler=recipe.name)
    return draws
