"""Sums on plain arrays, NumPy only: filters, turns and crossings of many series at once."""
