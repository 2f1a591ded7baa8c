#!/bin/sh
# The command of the service `superset` in docker-compose.override.yml: runs in the official image, which has no database driver.
set -eu
project=/project
driver=$(grep -o '^psycopg2-binary==[^ ]*' "$project/local/requirements-superset.lock")
folder=$SUPERSET_HOME/$driver
if [ ! -d "$folder" ]; then
  # The image may hold uv's cache in the home as root's own.
  uv pip install --quiet --no-cache --no-deps --target "$folder.partial" "$driver"
  mv "$folder.partial" "$folder"
fi
export PYTHONPATH="$folder:$project"
python "$project/local/superset/inside/bring.py"
exec gunicorn --worker-class gthread --threads 8 --timeout 120 --bind 0.0.0.0:8088 "superset.app:create_app()"
