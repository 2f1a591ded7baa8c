#!/bin/sh
# What the image does with the word `server` (seaweedfs/seaweedfs, docker/entrypoint.sh).
if [ "$1" = server ]; then
  shift
  exec /usr/bin/weed server -dir=/data -volume.max=0 -master.volumePreallocate -master.volumeSizeLimitMB=1024 "$@"
fi
exec /usr/bin/weed "$@"
