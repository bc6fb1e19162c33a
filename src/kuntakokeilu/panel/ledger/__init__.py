"""The cost ledger: who pays, in the end, for a person in a month; in whole cents.

`payments` finds what was paid, `counters` which share follows from the days counted, `payers`
splits it, `services` and `receipts` add what services cost and taxes bring, `costs` puts it
together. The rules are those of `study.LedgerRules`.
"""

from kuntakokeilu.panel.ledger.costs import NEEDS, cost_months
from kuntakokeilu.panel.ledger.totals import ledger_totals

__all__ = ["NEEDS", "cost_months", "ledger_totals"]
