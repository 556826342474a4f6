"""Pure functions and literal transition tables: may this happen, and what then?"""
