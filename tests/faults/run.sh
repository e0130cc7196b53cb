#!/usr/bin/env bash
# One door for the rows of the trust programme (docs/trust.md).
#
#   tests/faults/run.sh              every row at its figures for development
#   tests/faults/run.sh ROW,ROW..    these rows, such as D1,D5 or a whole letter: D
#   tests/faults/run.sh --release [ROW,..]   at the figures for a release: hours
#   tests/faults/run.sh --list       each row with the command that shows it
#
# Prints a line for each row: its id, the verdict (passed, FAILED, not shown), the seconds, and what was measured. A row
# that nothing shows here says why, and counts as not shown. The last line is "N passed, M failed".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
case " $* " in
  *" --list "*) ;;
  *)
    source tests/lib/fresh_machine.sh
    install_programs node=nodejs sqlite3=sqlite3 strace=strace || echo "rows that need them will fail" >&2
    source tests/lib/binary.sh
    ensure_binary
    ;;
esac
exec node "$here/rows.mjs" "$@"
