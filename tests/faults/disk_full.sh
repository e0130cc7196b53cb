#!/usr/bin/env bash
# Fills the disk under Hearth and frees it again (trust.md D6): refusals are 503 (429 at the Datalyr doors) with
# Retry-After, reads go on, nothing acknowledged is lost, and it heals without a restart. The disk is a 64 MiB tmpfs in a
# private mount namespace.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  if [ "$(id -u)" = 0 ]; then
    exec unshare --mount --propagation private "$BASH" "$0" --inside "$@"
  fi
  exec unshare --map-root-user --mount --propagation private "$BASH" "$0" --inside "$@"
fi
shift

source "$(dirname "$0")/lib.sh"
need node sqlite3 mktemp timeout mount umount
find_binary
make_work_dir

mkdir "$work/disk"
mount -t tmpfs -o size=64m,mode=0700 tmpfs "$work/disk"

run_node 360 "$faults_dir/disk_full.mjs" --binary "$binary" --work "$work" --disk "$work/disk" "$@"
