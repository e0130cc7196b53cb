#!/usr/bin/env bash
# An older Hearth meets a file of a newer one (trust.md D13). Usage: downgrade.sh
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 mktemp timeout
find_binary
make_work_dir

run_node 300 "$faults_dir/downgrade.mjs" --binary "$binary" --work "$work" "$@"
