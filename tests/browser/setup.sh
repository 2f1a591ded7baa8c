#!/usr/bin/env bash
# What the browser tests need beyond .venv: Debian's Chromium, its driver, and a font with Korean letters.
set -euo pipefail

if command -v chromium >/dev/null && command -v chromedriver >/dev/null && fc-list :lang=ko 2>/dev/null | grep -q .; then
  exit 0
fi
install="apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends chromium chromium-driver fontconfig fonts-noto-cjk"
if [ "$(id -u)" = 0 ]; then
  as_root=
elif sudo -n true 2>/dev/null; then
  as_root=sudo
else
  echo "error: Chromium, its driver or a Korean font is missing, and installing them needs root. Remedy: sudo $install" >&2
  exit 1
fi
echo "Installing Chromium and a Korean font …"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -o DPkg::Lock::Timeout=600 update -qq
$as_root $install -qq >/dev/null
