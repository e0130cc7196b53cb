#!/usr/bin/env bash
# Copies the database while events come in (trust.md D10). Usage: backup.sh [--copies 10] [--connections 8] [--mib 48]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 mktemp timeout
find_binary
make_work_dir

run_node 900 "$faults_dir/backup.mjs" --binary "$binary" --work "$work" "$@"
