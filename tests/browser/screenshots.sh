#!/usr/bin/env bash
# Takes pictures of every screen of the dashboard, at 390 and 1280 px, light and dark.
#
#   tests/browser/screenshots.sh OUTDIR [--seeded] [--only NAME] [--readme]
#
# The data are those of `hearth demo`; with --seeded those of the tests: three projects, one of them almost and one quite
# empty. --only takes the screens whose name has NAME in it. --readme renews docs/screenshots instead of filling OUTDIR.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/fresh_machine.sh"
. "$here/../lib/binary.sh"
. "$here/../lib/node_modules.sh"
if [ $# -eq 0 ]; then
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
install_programs node=nodejs npm=npm chromium=chromium pngquant=pngquant
ensure_binary
ensure_node_modules
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM
exec node "$here/dashboard/screenshots.mjs" "$@"
