"""Evaluation: what an engine costs and how good its pictures are."""
