"""The brief: one page in each language that answers what a decision maker asks, and how surely."""
