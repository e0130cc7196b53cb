#!/usr/bin/env bash
# Copy, destroy, restore, timed, and a restore killed at every step (trust.md D11). Usage: restore.sh [--mib 256] [--times 3]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 strace mktemp timeout
find_binary
make_work_dir

run_node 1800 "$faults_dir/restore.mjs" --binary "$binary" --work "$work" "$@"
