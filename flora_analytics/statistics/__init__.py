"""The statistics behind the figures: numbers in, numbers out.

NumPy and SciPy alone, no runs, tables, money or dates, so that each can be held against a
published example. What a figure means is said where it is computed, in `flora_analytics.metrics`.
"""
