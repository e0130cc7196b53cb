#!/usr/bin/env bash
# Looks for secrets and addresses in the log at its most talkative, and in what the system shows of the process (trust.md I11,
# S12): as many lines as requests, no control characters, none of the canaries that the requests carry.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node mktemp timeout
find_binary
make_work_dir
run_node 180 "$faults_dir/logs.mjs" --binary "$binary" --work "$work" "$@"
