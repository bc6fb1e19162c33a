"""The cost ledger: who pays, in the end, for a person in a month; in whole cents.

Registers are read and numbered in SQL. The rest is reckoned in arrays, some persons at a time:
`persons` goes from rows of registers to cents by cell of a grid of persons and months. `payments`
finds what was paid, `counters` which share follows from the days counted, `payers` splits it.
`services` adds what services cost, `employers` what subsidised work costs the state and public
employers, `housing` the housing allowance; `income_tax` and `receipts` what taxes and
contributions bring. `costs` puts the rows together. The rules are those of `facts.LedgerRules`.
"""

from kuntakokeilu.panel.ledger.costs import BY_YEAR, NEEDS, Ledger, cost_months, open_ledger
from kuntakokeilu.panel.ledger.totals import ledger_totals

__all__ = ["BY_YEAR", "NEEDS", "Ledger", "cost_months", "ledger_totals", "open_ledger"]
