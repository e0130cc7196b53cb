#!/usr/bin/env bash
# Lets single fsync calls of Hearth fail with EIO (trust.md D4) and proves by the order of system calls that an
# answer follows its fsync (trust.md D20). Usage: fsync_error.sh [--when 3,5,8,...]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 strace mktemp timeout
find_binary
make_work_dir

run_node 300 "$faults_dir/fsync_error.mjs" --binary "$binary" --work "$work" "$@"
