"""How long `earned metrics` takes for a year of an estate.

    python -m evals.bench.metrics_year [--accounts 5000] [--months 13] [--seed 7]

Makes a seeded MRR file (growth, contraction, churn, returns, three currencies), reads it as CSV and, where DuckDB is installed, as
Parquet, and prints the seconds of each step and of the whole command in a process of its own, CPU and wall, and how often DuckDB alone
could have read the file in that CPU time: seconds depend on who else is busy, the ratio hardly does. Thirteen months make a year of
movements.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agent.metrics import analyse, read_mrr, read_rates
from agent.metrics.rows import month_name

HEADER = "account_id,month,mrr,currency,segment,owner_email"


def make(path: Path, accounts: int, months: int, seed: int) -> int:
    """Write the file; the number of its rows."""
    chance = random.Random(seed)
    lines = [HEADER]
    for account in range(accounts):
        mrr, begin = chance.uniform(100, 9000), chance.choice([0] * 8 + list(range(months)))
        currency, segment = chance.choice(["EUR", "USD", "GBP"]), chance.choice(["smb", "mid_market", "enterprise"])
        where = f"{currency},{segment},owner{account % 60}@vendor.example"
        for month in range(begin, months):
            luck = chance.random()
            if luck < 0.01:
                break
            mrr *= 1.15 if luck > 0.95 else 0.9 if luck < 0.03 else 1.0
            lines.append(f"acc-{account},{month_name(2025 * 12 + 9 + month)},{mrr:.2f},{where}")
    path.write_text("\n".join(lines) + "\n")
    return len(lines) - 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=5000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mrr, rates = Path(folder) / "mrr.csv", Path(folder) / "rates.csv"
        rates.write_text("currency,rate\nEUR,1\nUSD,0.9\nGBP,1.15\n")
        count = make(mrr, options.accounts, options.months, options.seed)
        files = [mrr, *_as_parquet(mrr)]
        print(f"{options.accounts} accounts, {options.months} months, {count} rows")
        for file in files:
            alone = _duckdb_alone(file)
            begun, cpu = time.perf_counter(), time.process_time()
            rows = read_mrr(file).rows
            read = time.perf_counter() - begun
            analyse(rows, by="segment", period="quarter", rates=read_rates(rates))
            done, used = time.perf_counter() - begun, time.process_time() - cpu
            print(
                f"{file.suffix[1:]:>8}: read {read:.2f} s, analyse {done - read:.2f} s, together {done:.2f} s, CPU {used:.2f} s"
            )
            if alone:
                print(f"{'':8}  DuckDB reads it alone in {alone:.2f} s of CPU: {used / alone:.1f} times that")
            begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", _COMMAND, str(file), str(rates)], check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            wall = time.perf_counter() - begun
            print(f"{'':8}  the whole command, from the start of its process: CPU {spent:.2f} s, wall {wall:.2f} s")
    return 0


_COMMAND = """
import argparse, sys
from pathlib import Path
from agent.cli import metrics
options = argparse.Namespace(mrr=Path(sys.argv[1]), rates=Path(sys.argv[2]), by="segment", period="month", html=None, json=True, home=None)
raise SystemExit(metrics.run(options))
"""


def _duckdb_alone(file: Path) -> float | None:
    """CPU seconds in which DuckDB reads the file into Python rows; the second of two readings."""
    try:
        import duckdb
    except ImportError:
        return None
    source = f"read_csv('{file}')" if file.suffix == ".csv" else f"read_parquet('{file}')"
    with duckdb.connect() as connection:
        for _ in range(2):
            cpu = time.process_time()
            connection.execute(f"SELECT * FROM {source}").fetchall()
            used = time.process_time() - cpu
    return used


def _as_parquet(csv: Path) -> list[Path]:
    try:
        import duckdb
    except ImportError:
        print("DuckDB is not installed: CSV only")
        return []
    path = csv.with_suffix(".parquet")
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM read_csv('{csv}')) TO '{path}' (FORMAT parquet)")
    return [path]


if __name__ == "__main__":
    sys.exit(main())
