#!/usr/bin/env bash
# Runs one program of this folder with what all of them need: the binary, a working directory that goes away, a time
# limit. Usage: one.sh SECONDS PROGRAM.mjs [--option value ...]; tests/faults/run.sh knows which there are.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 strace mktemp timeout
find_binary
make_work_dir

seconds=$1
program=$2
shift 2
run_node "$seconds" "$faults_dir/$program" --binary "$binary" --work "$work" "$@"
