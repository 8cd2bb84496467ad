"""Earned in Airflow 3: copy this file into `dags/`. EARNED_COMMAND, EARNED_BOOK and EARNED_HOME say where things are."""

import json
import os
import shlex
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException


@dag(schedule="15 1 * * *", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, max_active_runs=1, tags=["earned"])
def earned_night():
    @task(retries=2, retry_delay=timedelta(minutes=15), execution_timeout=timedelta(hours=6))
    def run():
        """The report's counts. 3 and 76 are done; 75 is skipped; 2, 4 and 78 fail at once; anything else is tried again."""
        command = shlex.split(os.environ.get("EARNED_COMMAND", "/opt/earned/bin/earned"))
        book = os.environ.get("EARNED_BOOK", "/data/book")
        done = subprocess.run([*command, "run", "--book", book, "--json"], stdout=subprocess.PIPE, text=True, check=False)
        match done.returncode:
            case 0 | 3 | 76:
                report = json.loads(done.stdout)
                return {"run_id": report["run_id"], "accounts": report["accounts"], "warnings": len(report["warnings"])}
            case 75:
                raise AirflowSkipException("Another run is at work on this home.")
            case 2 | 4 | 78:
                raise AirflowFailException(f"earned run ended with {done.returncode}: a person has to look at it.")
            case _:
                raise RuntimeError(f"earned run ended with {done.returncode}.")

    run()


earned_night()
