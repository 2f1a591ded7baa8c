#!/usr/bin/env bash
# What stands for Amazon Linux 2023's commands while the template's user data runs: each call is recorded, and answered as there.
# Known conflict: docker-25 of the distribution holds /usr/libexec/docker/cli-plugins/docker-buildx, as does Docker's
# docker-buildx-plugin, which docker-compose-plugin recommends (amazonlinux/amazon-linux-2023#1032, docker/docker-ce-packaging).
set -euo pipefail
tool=$(basename "$0")
echo "$tool $*" >>/recorded/calls
case $tool in
  dnf)
    for package in "$@"; do
      case $package in
        docker-buildx-plugin | docker-compose-plugin)
          if grep -qx docker /recorded/installed; then
            echo "Error: Transaction test error: file /usr/libexec/docker/cli-plugins/docker-buildx from install of docker-buildx-plugin" \
              "conflicts with file from package docker-25.0.13-1.amzn2023.0.2.x86_64" >&2
            exit 1
          fi
          ;;
        no-such-package)
          echo "Error: Unable to find a match: $package" >&2
          exit 1
          ;;
        -* | install) ;;
        *) echo "$package" >>/recorded/installed ;;
      esac
    done
    ;;
  curl)
    # The file's name follows the option that ends in o.
    while [ $# -gt 0 ]; do
      case $1 in
        -*o) cp /rehearsal/docker-compose "$2" ;;
      esac
      shift
    done
    ;;
  sha256sum)
    # A recorded download has not the content that the checksum is of; its line is kept, and checked by the test.
    cat >>/recorded/checksums
    ;;
  docker)
    # As the client finds a plugin: executable, in this folder.
    exec "/usr/local/lib/docker/cli-plugins/docker-$1" "$@"
    ;;
esac
