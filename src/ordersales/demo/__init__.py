"""The main job on real input: ``python -m ordersales demo``.

Purchases are read from a file (`purchases`), each becomes an order of an offer (`offers`) that is
placed and paid through the public front door (`shop`, `till`) in one of many ways (`stories`).
What became of them is shown (`screen`, `tables`) and held against the input (`checks`).
"""
