#!/usr/bin/env bash
# A full disk and a disk that is slow to write under a proxy at work: see storage_faults.mjs. The disk is a 32 MiB tmpfs
# in a private mount namespace.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  if [ "$(id -u)" = 0 ]; then
    exec unshare --mount --propagation private "$BASH" "$0" --inside "$@"
  fi
  exec unshare --map-root-user --mount --propagation private "$BASH" "$0" --inside "$@"
fi
shift

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../faults/lib.sh"
need node strace mktemp timeout mount umount
find_binary
make_work_dir

mkdir "$work/disk"
mount -t tmpfs -o size=32m,mode=0700 tmpfs "$work/disk"

run_node 200 "$here/storage_faults.mjs" --disk "$work/disk" "$@"
