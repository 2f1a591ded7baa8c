#!/usr/bin/env bash
# Makes what compose.yaml reads: .env from the stack's outputs, secrets/ with generated secrets. A second run keeps both.
#   BASE_URL=https://localhost STACK=box-office AWS_REGION=ap-northeast-2 deploy/ec2/first-start.sh
#   METADATA_URL=postgresql+psycopg2://…   Airflow's metadata elsewhere (RDS); then no PostgreSQL is started here
set -euo pipefail
umask 077
cd "$(dirname "$0")"

: "${BASE_URL:=https://localhost}" "${STACK:=box-office}" "${IMAGE_TAG:=1}"
: "${AWS_REGION:?the region of the stack}" "${BUCKET:?the bucket of the stack, its output LakeBucket}"

secret() { # name, command…: keeps the file if it is there
  local file=secrets/$1
  shift
  [ -s "$file" ] || "$@" | tr -d '\n' >"$file"
}

mkdir -p secrets
chmod 711 secrets
secret metadata_password openssl rand -hex 24
secret fernet_key sh -c "openssl rand -base64 32 | tr '+/' '-_'"
secret api_secret_key openssl rand -hex 32
secret jwt_secret openssl rand -hex 32
secret admin_password openssl rand -hex 16
if [ -n "${METADATA_URL:-}" ]; then
  printf %s "$METADATA_URL" >secrets/metadata_url
  profile=
else
  secret metadata_url printf 'postgresql+psycopg2://airflow:%s@metadata:5432/airflow' "$(cat secrets/metadata_password)"
  profile=metadata
fi
# Airflow's containers run as user 50000; PostgreSQL reads its own as root.
if [ "$(id -u)" = 0 ]; then
  chown 50000 secrets/metadata_url secrets/fernet_key secrets/api_secret_key secrets/jwt_secret
fi

[ -s .env ] || cat >.env <<END
IMAGE_TAG=$IMAGE_TAG
BASE_URL=$BASE_URL
AWS_REGION=$AWS_REGION
BUCKET=$BUCKET
CONNECTIONS_PREFIX=$STACK/connections
LOG_GROUP=/$STACK/airflow
COMPOSE_PROFILES=$profile
END
echo "Made: deploy/ec2/.env and deploy/ec2/secrets/. Next: docker compose build migrate && docker compose up --detach --wait,"
echo "then deploy/ec2/make-admin.sh"
