"""Reports on analytics engines, by Ibis: DuckDB, polars, PostgreSQL, PySpark and others.

`export_facts` writes what a shop has earned to a folder of Parquet files; `FactReports` computes
the shop's own reports over them, on any engine, to the same last cent (rule T6).
"""

from ordersales.adapters.ibis.csv import write_csv
from ordersales.adapters.ibis.exporting import FactExport, LakeProgress, export_facts
from ordersales.adapters.ibis.lake import Lake
from ordersales.adapters.ibis.reports import FactReports
from ordersales.adapters.ibis.schema import SCHEMA, table_of
from ordersales.adapters.ibis.summing import summed

__all__ = [
    "SCHEMA",
    "FactExport",
    "FactReports",
    "Lake",
    "LakeProgress",
    "export_facts",
    "summed",
    "table_of",
    "write_csv",
]
