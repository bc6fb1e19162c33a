"""Costs and receipts by payer, and what is made of them: totals, ratios, shifted costs."""
