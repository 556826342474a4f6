"""The small values everything else is made of, checked once and never changed.

Money in whole minor units and its `Currency`, the exact `Share` of a price, the names and numbers
that identify records, moments in UTC, and the checks that records make at their edges (rule B1).
This room knows nothing of orders: it imports `ordersales.errors`, attrs and the standard library.
"""
