"""What became of a hypothesis: the customer's action, the expansion, and what it did to margin, support and retention (R106, R130-R134).

Outcomes are recorded by people, append-only. They feed reports and evaluation (`agent.outcomes.cases.rows`); no threshold and no grade
ever changes by them.
"""
