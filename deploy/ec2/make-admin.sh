#!/usr/bin/env bash
# Makes Airflow's first user, `admin`, with the password that first-start.sh generated into secrets/admin_password.
# The password goes in through standard input: a command line would show it in the process list.
#   AIRFLOW="docker compose run --rm --no-deps -T migrate airflow"   what runs Airflow's command line
set -euo pipefail
cd "$(dirname "$0")"
: "${AIRFLOW:=docker compose run --rm --no-deps -T migrate airflow}" "${PASSWORD_FILE:=secrets/admin_password}"
# Asked for twice, so given twice.
{ cat "$PASSWORD_FILE"; echo; cat "$PASSWORD_FILE"; echo; } |
  $AIRFLOW users create --username admin --role Admin --firstname Box --lastname Office --email admin@localhost
echo "User admin; the password is in deploy/ec2/secrets/admin_password. Change it on the page, then delete that file."
