"""Exports as XLSX files, by the extra `xlsx`."""

from ordersales.adapters.xlsx.workbook import Xlsx

__all__ = ["Xlsx"]
