"""Checking DeepStream's files against what DeepStream does with them.

``configs/deepstream/*.yaml`` say what each kind of file may hold; ``rules/`` hold what no table
says, a file for a kind. ``lint`` gathers the files, ``Finding`` is what it tells.
"""

from deepstream.lint.finding import Finding, Level
from deepstream.lint.run import LintReport, check, lint

__all__ = ["Finding", "Level", "LintReport", "check", "lint"]
