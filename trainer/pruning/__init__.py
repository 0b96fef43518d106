"""Pruning: find groups, score channels, choose by TLT's rule or a goal, rebuild smaller."""
