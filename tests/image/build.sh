#!/usr/bin/env bash
# Builds the project's image with buildah, on a stand-in of the Astro Runtime made from Debian's packages. As root, without
# a Docker engine or an image registry. Everything is kept in .local/image; the base is built again when the lock changes.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in buildah crun debootstrap; do
  if ! command -v "$tool" >/dev/null; then
    echo "error: $tool is missing. Remedy: apt-get update && apt-get install -y --no-install-recommends buildah crun fuse-overlayfs debootstrap" >&2
    exit 2
  fi
done
if [ "$(id -u)" != 0 ]; then
  echo "error: debootstrap and buildah's chroot isolation want root. Remedy: run as root" >&2
  exit 2
fi

home=$PWD/.local/image
mkdir -p "$home/context"

# A storage of the project's own; the vfs driver needs no file system of its own.
image_tool() {
  buildah --root "$home/storage" --runroot "$home/run" --storage-driver vfs "$@"
}

if [ ! -s "$home/context/rootfs.tar" ]; then
  rm -rf "$home/rootfs"
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,python3-pip bookworm "$home/rootfs" >"$home/debootstrap.log"
  tar -C "$home/rootfs" -cf "$home/context/rootfs.partial" .
  mv "$home/context/rootfs.partial" "$home/context/rootfs.tar"
  rm -rf "$home/rootfs"
fi

# The machine's own package index and certificates, for machines behind a mirror: mounted while it builds, never copied in.
mounts=()
index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
if [ -n "$index" ]; then
  printf '[global]\nindex-url = %s\n' "$index" >"$home/pip.conf"
  printf 'index-url = "%s"\n' "$index" >"$home/uv.toml"
  mkdir -p "$home/uv"
  mv "$home/uv.toml" "$home/uv/uv.toml"
  mounts+=(--volume "$home/pip.conf:/etc/pip.conf:ro" --volume "$home/uv:/etc/uv:ro")
fi
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
  mounts+=(--volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro)
fi

cp tests/image/Dockerfile tests/image/runtime.txt "$home/context/"
# The lock without its hashes and without what only other systems want: what the Runtime's own constraints are to Astronomer.
sed -E 's/ \\$//; /^ /d; /^#/d' local/requirements.lock >"$home/context/constraints.txt"
wanted=$(cat "$home/context/Dockerfile" "$home/context/runtime.txt" "$home/context/constraints.txt" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$home/base" 2>/dev/null)" != "$wanted" ]; then
  image_tool bud --isolation chroot --format docker "${mounts[@]}" -t runtime-stand-in "$home/context"
  echo "$wanted" >"$home/base"
fi
image_tool bud --isolation chroot --format docker "${mounts[@]}" --pull-never --build-arg RUNTIME=localhost/runtime-stand-in -t box-office .
