#!/usr/bin/env bash
# A full disk and a disk that is slow to write under a proxy at work: see storage_faults.mjs. The disk is a tmpfs in a
# private mount namespace.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  if [ "$(id -u)" = 0 ]; then
    exec unshare --mount --propagation private "$BASH" "$0" --inside "$@"
  fi
  exec unshare --map-root-user --mount --propagation private "$BASH" "$0" --inside "$@"
fi
shift

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
disk=$(mktemp -d "${TMPDIR:-/tmp}/hearth-disk.XXXXXX")
trap 'umount "$disk" 2>/dev/null || true; rmdir "$disk"' EXIT
mount -t tmpfs -o size=32m,mode=0700 tmpfs "$disk"
node "$here/storage_faults.mjs" --disk "$disk" "$@"
