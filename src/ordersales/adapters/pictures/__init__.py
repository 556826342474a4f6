"""Pictures of reports, as SVG and PNG: bars by breakdown, lines over time, a panel a currency.

They are read without colours: series are told apart by hatches, markers and dashes.
"""

from ordersales.adapters.pictures.drawing import Picture, draw

__all__ = ["Picture", "draw"]
