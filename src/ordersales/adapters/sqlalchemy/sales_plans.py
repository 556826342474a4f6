"""The sales plans as one transaction sees them; the contract is that of `ordersales.ports`."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from sqlalchemy import Delete, Select, Update, bindparam, select

from ordersales.adapters.sqlalchemy.documents import read
from ordersales.adapters.sqlalchemy.line import Line
from ordersales.adapters.sqlalchemy.rows import plan_row
from ordersales.adapters.sqlalchemy.tables import Tables
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import CustomerId, OfferNumber


class PlanStatements:
    """What is asked of the table of sales plans."""

    def __init__(self, tables: Tables) -> None:
        """Ask this table."""
        plans = tables.sales_plans.c
        found = select(plans.record).where(
            plans.account == bindparam("account"), plans.customer == bindparam("customer")
        )
        self.get: Select[Any] = found.where(plans.offer == bindparam("offer"))
        self.of_customer: Select[Any] = found.order_by(plans.offer)
        its = (
            plans.account == bindparam("its_account"),
            plans.customer == bindparam("its_customer"),
            plans.offer == bindparam("its_offer"),
            plans.version == bindparam("its_version"),
        )
        self.add: Any = tables.sales_plans.insert()
        self.save: Update = tables.sales_plans.update().where(*its)
        self.remove: Delete = tables.sales_plans.delete().where(*its)


class SqlSalesPlans:
    """The sales plans of one account."""

    def __init__(self, line: Line, statements: PlanStatements) -> None:
        """Read and write through a transaction's line."""
        self._line = line
        self._ask = statements

    def get(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        """Return the plan that names a customer and an offer."""
        text = self._line.value(self._ask.get, customer=customer, offer=offer)
        return None if text is None else read(SalesPlan, text)

    def of_customer(self, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """Return the plans that name a customer, by offer number."""
        found = self._line.rows(self._ask.of_customer, customer=customer)
        return tuple(read(SalesPlan, text) for (text,) in found)

    def save(self, plan: SalesPlan) -> SalesPlan:
        """Write a new plan, or what one has become."""
        saved = evolve(plan, version=plan.version + 1)
        row = plan_row(self._line.account, saved)
        if not plan.version:
            self._line.run(self._ask.add, row, lambda _: _named(plan))
            return saved
        written = {"version": row["version"], "record": row["record"]}
        if self._line.run(self._ask.save, self._its(plan) | written).rowcount != 1:
            raise self._line.conflict(_named(plan))
        return saved

    def remove(self, plan: SalesPlan) -> None:
        """Write that a plan is no more."""
        if self._line.run(self._ask.remove, self._its(plan)).rowcount != 1:
            raise self._line.conflict(_named(plan))

    def _its(self, plan: SalesPlan) -> dict[str, object]:
        return {
            "its_account": self._line.account,
            "its_customer": plan.customer,
            "its_offer": plan.offer,
            "its_version": plan.version,
        }


def _named(plan: SalesPlan) -> str:
    return f"the sales plan of customer {plan.customer!r} for offer {plan.offer!r}"
