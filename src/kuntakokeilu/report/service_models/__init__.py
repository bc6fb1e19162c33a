"""Trial areas one by one: what they did, how their effects spread, and what goes with them."""
