"""The rules: functions that look at one file in its app and yield findings.

``texts`` and ``keys`` hold for every kind; the other modules hold what one kind of file needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding
from deepstream.lint.rules import (
    analytics,
    app,
    clusters,
    engines,
    gies,
    infer,
    keys,
    labels,
    objects,
    preprocess,
    server,
    sinks,
    sources,
    texts,
    tracker,
    wiring,
)

Rule = Callable[[Context], Iterator[Finding]]
EVERY: tuple[Rule, ...] = (*texts.RULES, *keys.RULES)
OF_A_KIND: dict[str, tuple[Rule, ...]] = {
    "nvinfer": (
        *infer.RULES,
        *engines.RULES,
        *clusters.RULES,
        *objects.RULES,
        *labels.RULES,
    ),
    "app": (
        *app.RULES,
        *sources.RULES,
        *sinks.RULES,
        *gies.RULES,
        *engines.APP_RULES,
        *objects.APP_RULES,
        *tracker.GROUP_RULES,
        *wiring.RULES,
    ),
    "sample-app": (*gies.RULES, *tracker.GROUP_RULES, *sinks.SAMPLE_RULES),
    "tracker": tracker.RULES,
    "tracker-old": tracker.RULES,
    "sources": sources.TABLE_RULES,
    "analytics": analytics.RULES,
    "preprocess": preprocess.RULES,
    "nvinferserver": server.RULES,
}


def rules_for(file: ConfigFile) -> tuple[Rule, ...]:
    return EVERY + OF_A_KIND.get(file.kind_name, ())
