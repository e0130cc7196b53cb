#!/usr/bin/env bash
# SIGHUP under load over HTTPS: certificates and limits change, no request is lost (trust.md P10); what TLS and a reload
# must refuse. Usage: reload.sh [--reloads 100] [--connections 16]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node openssl timeout
find_binary
export HEARTH_BIN=$binary

run_node 600 "$faults_dir/reload.mjs" "$@"
