#!/usr/bin/env bash
# Like one.sh, in a private mount namespace with a small disk of its own: a tmpfs at the path that --disk names.
# Usage: inside.sh SECONDS SIZE PROGRAM.mjs [--option value ...]
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  map=()
  if [ "$(id -u)" != 0 ]; then map=(--map-root-user); fi
  exec unshare "${map[@]}" --mount --propagation private "$BASH" "$0" --inside "$@"
fi
shift

source "$(dirname "$0")/lib.sh"
need node sqlite3 strace mktemp timeout mount umount prlimit
find_binary
make_work_dir

seconds=$1
size=$2
program=$3
shift 3
mkdir "$work/disk"
mount -t tmpfs -o "size=$size,mode=0700" tmpfs "$work/disk"
run_node "$seconds" "$faults_dir/$program" --binary "$binary" --work "$work" --disk "$work/disk" "$@"
