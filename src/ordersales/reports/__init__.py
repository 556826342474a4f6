"""Figures over payments: facts, sums of them, and what is shown of the sums (rules T1-T9)."""
