"""Blocks laid out into nodes and wires; names, shapes, plans."""

from builder.graph.catalogue import Catalogue, Outcome, Parameter, Refused, Signature
from builder.graph.check import check
from builder.graph.graph import Graph, Layer, Node, Pairs, Recipe, Scope, TensorSpec, WeightsPlan, Wire
from builder.graph.lay import lay
from builder.graph.plan import plan_data, plan_export, plan_networks, plan_training
from builder.graph.plans import DataPlan, FieldPlan, LossPlan, MetricPlan, PhasePlan

__all__ = [
    "Catalogue", "DataPlan", "FieldPlan", "Graph", "Layer", "LossPlan", "MetricPlan", "Node", "Outcome", "Pairs", "Parameter",
    "PhasePlan", "Recipe", "Refused", "Scope", "Signature", "TensorSpec", "WeightsPlan", "Wire", "check", "lay", "plan_data", "plan_export", "plan_networks",
    "plan_training",
]
