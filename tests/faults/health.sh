#!/usr/bin/env bash
# Makes each thing wrong that /readyz must tell (trust.md R9, D14): the file locked, the writer stopped, the disk full, an
# upstream that hangs, a stop, a killed process, a damaged file. The disk is a 64 MiB tmpfs in a private mount namespace.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  if [ "$(id -u)" = 0 ]; then
    exec unshare --mount --propagation private "$BASH" "$0" --inside "$@"
  fi
  exec unshare --map-root-user --mount --propagation private "$BASH" "$0" --inside "$@"
fi
shift

source "$(dirname "$0")/lib.sh"
need node sqlite3 strace mktemp timeout mount umount
find_binary
make_work_dir

mkdir "$work/disk"
mount -t tmpfs -o size=64m,mode=0700 tmpfs "$work/disk"

run_node 240 "$faults_dir/health.mjs" --binary "$binary" --work "$work" --disk "$work/disk" "$@"
