# Runtime 3.3's default Python is 3.14, on which dbt-core 1.11 does not import: hence the -python-3.12 image.
# Add @sha256:… here to pin the very image; the ONBUILD steps of the base install packages.txt and requirements.txt.
# The Astro CLI reads the Runtime's tag in this line as it stands, without an ARG (docker/parse.go): `--standalone` needs it.
FROM astrocrpublic.azurecr.io/runtime:3.3-8-python-3.12

# Nothing phones home, and what is generated stays out of the folders that `astro dev` mounts over the image's own.
ENV AIRFLOW__COSMOS__ENABLE_TELEMETRY=False \
    AIRFLOW__COSMOS__CACHE_DIR=/tmp/cosmos \
    AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT=120 \
    AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT=180 \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    DBT_SEND_ANONYMOUS_USAGE_STATS=False \
    DO_NOT_TRACK=1

# A dbt project that does not parse makes no image. The manifest lies where no mount hides it, for `dbt ls --state`.
RUN dbt --quiet --warn-error parse --project-dir include/dbt --profiles-dir include/dbt \
        --target-path /usr/local/airflow/baked/dbt --log-path /tmp/dbt-log \
    && rm -rf /tmp/dbt-log \
    # A volume that is mounted here takes the folder's owner.
    && mkdir -p /usr/local/airflow/logs
