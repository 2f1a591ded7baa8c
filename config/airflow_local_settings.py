"""Imports the heavy modules once, before processes are forked that need them.

Measured on 2 cores: ten models and ten tests took 76 s of which nearly all was imports; with them imported before the
fork, 31 s. Airflow imports this file in every process: the scheduler forks the tasks' processes, the DAG processor those
that parse a DAG.
"""

import sys
from importlib import import_module

_PRELOADED = (
    "adbc_driver_postgresql.dbapi",
    "airflow.providers.amazon.aws.hooks.base_aws",
    "airflow.sdk.execution_time.task_runner",
    "cosmos",
    "cosmos.operators.local",
    "dbt.adapters.postgres",
    "dbt.adapters.redshift",
    "dbt.cli.main",
    "dbt.task.test",
    "httpx",
    # Cosmos looks at each task's results for it, whether or not anyone listens.
    "openlineage.common.provider.dbt.local",
    "pyarrow.parquet",
)

if "dag-processor" in sys.argv[1:2]:
    import_module("cosmos.operators.local")

if "scheduler" in sys.argv[1:2]:
    for _module in _PRELOADED:
        import_module(_module)
    from include.pipeline import transform, warm_manifest

    warm_manifest.warm_up(transform.DBT_PROJECT)
