"""Nets: tensors in, tensors out; no files, no clocks, no numpy. One file per block of a paper."""
