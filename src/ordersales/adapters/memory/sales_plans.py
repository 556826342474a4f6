"""The sales plans as one transaction sees them; the contract is that of `ordersales.ports`."""

from __future__ import annotations

from attrs import evolve

from ordersales.adapters.memory.account import Account
from ordersales.errors import Conflict
from ordersales.models.sale import SalesPlan
from ordersales.values.identifiers import CustomerId, OfferNumber


class MemorySalesPlans:
    """The sales plans as committed, under what this transaction has written."""

    def __init__(self, account: Account) -> None:
        """Start with nothing written."""
        self._account = account
        # What each plan has become here; None for one that was removed.
        self._written: dict[tuple[CustomerId, OfferNumber], SalesPlan | None] = {}
        # The committed plan that each of them was written over.
        self._found: dict[tuple[CustomerId, OfferNumber], SalesPlan | None] = {}

    def get(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        """Return a plan as written here, or else as committed."""
        if (customer, offer) in self._written:
            return self._written[customer, offer]
        return self._committed(customer, offer)

    def _committed(self, customer: CustomerId, offer: OfferNumber) -> SalesPlan | None:
        return self._account.plans_of.get(customer, {}).get(offer)

    def of_customer(self, customer: CustomerId) -> tuple[SalesPlan, ...]:
        """Return the plans that name a customer, by offer number."""
        own = {offer for buyer, offer in self._written if buyer == customer}
        offers = sorted(own | self._account.plans_of.get(customer, {}).keys())
        found = (self.get(customer, offer) for offer in offers)
        return tuple(plan for plan in found if plan is not None)

    def save(self, plan: SalesPlan) -> SalesPlan:
        """Write a new plan, or what one has become."""
        stored = self.get(plan.customer, plan.offer)
        if plan.version != (0 if stored is None else stored.version):
            raise _conflict(plan.customer, plan.offer)
        saved = evolve(plan, version=plan.version + 1)
        self._write(plan.customer, plan.offer, saved)
        return saved

    def remove(self, plan: SalesPlan) -> None:
        """Write that a plan is no more."""
        stored = self.get(plan.customer, plan.offer)
        if stored is None or plan.version != stored.version:
            raise _conflict(plan.customer, plan.offer)
        self._write(plan.customer, plan.offer, None)

    def _write(self, customer: CustomerId, offer: OfferNumber, plan: SalesPlan | None) -> None:
        self._found.setdefault((customer, offer), self._committed(customer, offer))
        self._written[customer, offer] = plan

    def check(self) -> None:
        """Raise `Conflict` if another transaction was faster; called under the lock."""
        for name, found in self._found.items():
            # The very record: one removed and stated anew has the version of the first again.
            if self._committed(*name) is not found:
                raise _conflict(*name)

    def apply(self) -> None:
        """Make the writes visible; called under the lock."""
        for (customer, offer), plan in self._written.items():
            self._account.keep_plan(customer, offer, plan)


def _conflict(customer: CustomerId, offer: OfferNumber) -> Conflict:
    return Conflict(f"the sales plan of customer {customer!r} for offer {offer!r}")
