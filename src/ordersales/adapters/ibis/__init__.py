"""Reports on analytics engines, by Ibis: DuckDB, polars, PostgreSQL, PySpark and others.

The same report as in the shop, computed over a table or Parquet files of its facts (rule T6).
"""
