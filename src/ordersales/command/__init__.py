"""The commands over a shop of one's own, each a module: ``python -m ordersales report``."""
