"""The same cases under Inspect (`pip install earned[evals]`), for its viewer, its limits and its repeats.

    inspect eval evals/tasks/drafts.py --model none
    inspect eval evals/tasks/injections.py --model none --epochs 3
    inspect view

Thin on purpose: the pipeline is called as a function and every metric is one of `evals.metrics`. `inspect eval` exits 0 even where
a sample failed, so it is never the gate; `earned eval gate` is.
"""
