"""The plan: which channels stay in each group, and what the network then costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from trainer.pruning.cost import Cost, CostModel
from trainer.pruning.groups import Group, excluded
from trainer.pruning.rule import Rule
from trainer.pruning.scores import Scores


@dataclass(frozen=True)
class GroupPlan:
    """The channels that stay in ``layers``, which share them; of ``width`` channels."""

    layers: tuple[str, ...]
    width: int
    kept: tuple[int, ...]

    @property
    def removed(self) -> tuple[int, ...]:
        stay = set(self.kept)
        return tuple(index for index in range(self.width) if index not in stay)


@dataclass(frozen=True)
class PrunePlan:
    """Everything that pruning will do; nothing of it is done yet."""

    rule: Rule
    threshold: float
    groups: tuple[GroupPlan, ...]
    before: Cost
    after: Cost

    @property
    def keep(self) -> float:
        """Parameters after / before."""
        return self.after.parameters / self.before.parameters

    @property
    def speedup(self) -> float:
        """MACs before / after."""
        return self.before.macs / self.after.macs

    def kept(self, layer: str) -> tuple[int, ...]:
        """The output channels of ``layer`` that stay."""
        return next(group.kept for group in self.groups if layer in group.layers)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "keep": self.keep, "speedup": self.speedup}

    def table(self) -> str:
        """One line a group, then parameters and MACs before and after."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        size = max((len(group.layers[0]) for group in self.groups), default=5)
        yield f"{'layer':<{size}}  before  after   left  together with"
        for group in self.groups:
            part = len(group.kept) / group.width
            others = ", ".join(name.removeprefix("backbone.") for name in group.layers[1:])
            yield (
                f"{group.layers[0]:<{size}}  {group.width:6d} {len(group.kept):6d}"
                f"  {part:4.0%}  {others}"
            ).rstrip()
        before, after = self.before, self.after
        macs = f"MACs {before.macs / 1e9:.3f} G -> {after.macs / 1e9:.3f} G"
        yield (f"parameters {before.parameters:,} -> {after.parameters:,} ({self.keep:.1%} left)")
        yield f"{macs} ({self.speedup:.2f}x fewer)"


@dataclass(frozen=True)
class Planner:
    """Scores and costs of one network; makes the plan for any threshold."""

    groups: tuple[Group, ...]
    scores: Mapping[str, Scores]
    costs: CostModel
    rule: Rule

    @property
    def free(self) -> tuple[Group, ...]:
        """The groups that are not excluded."""
        whole = excluded(self.groups, self.rule.exclude)
        return tuple(group for group in self.groups if group.name not in whole)

    def cost_at(self, threshold: float) -> Cost:
        counts = {
            group.name: self.rule.kept_count(self.scores[group.name], threshold)
            for group in self.free
        }
        return self.costs.at(counts)

    def at(self, threshold: float) -> PrunePlan:
        """The plan of TLT's rule with this threshold."""
        free = {group.name for group in self.free}
        plans = tuple(
            GroupPlan(
                group.layers,
                group.width,
                self.rule.kept(self.scores[group.name], threshold)
                if group.name in free
                else tuple(range(group.width)),
            )
            for group in self.groups
        )
        widths = {plan.layers[0]: len(plan.kept) for plan in plans}
        return PrunePlan(self.rule, threshold, plans, self.costs.whole, self.costs.at(widths))
