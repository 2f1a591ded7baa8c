#!/usr/bin/env bash
# Makes .venv from the lock file, with what a bare machine has: Python 3.11 or 3.12. Nothing is installed outside it.
set -euo pipefail
unset CDPATH PYTHONHOME PYTHONPATH
cd "$(dirname "$0")/.."

stamp=.venv/.locked
wanted=$(sha256sum local/requirements.lock | cut -d' ' -f1)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

for candidate in "${PYTHON:-}" python3.11 python3.12 python3; do
  if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "error: Python 3.11 or 3.12 is needed. Remedy: install one (Debian: apt-get install python3 python3-venv), or PYTHON=/path/to/python make demo" >&2
  exit 1
fi

started=$(date +%s)
echo "Installing pinned packages into .venv …"
# A tools environment of its own holds uv, so that it is not one of the packages that uv keeps in step with the lock.
if [ ! -x .local/uv/bin/uv ]; then
  mkdir -p .local
  rm -rf .local/uv
  "$python" -m venv .local/uv || {
    echo "error: Python has no venv module. Remedy: apt-get install python3-venv" >&2
    exit 1
  }
  .local/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"
fi
# uv gets the same package index that pip is set up with: a machine behind a mirror has it in pip's settings only.
index=$(.local/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
  export UV_DEFAULT_INDEX=$index
fi
# A proxy's certificate is in the system's store, where pip looks; uv looks there when told to.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}
rm -f "$stamp"
[ -x .venv/bin/python ] || .local/uv/bin/uv venv --quiet --python "$python" .venv
.local/uv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode local/requirements.lock
echo "$wanted" >"$stamp"
echo "Installed in $(($(date +%s) - started)) s."
