# built.sh - sets ASSAY, the built program, and BIN, its build folder, where the caller has not;
# says what to do if there is none. Both, and ASSAY_SPECS, are exported.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ -z "${ASSAY:-}" ]; then
  for build in dev release; do
    ASSAY=$root/build/$build/cli/assay
    [ -x "$ASSAY" ] && break
  done
fi
[ -x "$ASSAY" ] || { echo "no assay at $ASSAY: build it (README.md), or set ASSAY" >&2; exit 1; }
BIN=${BIN:-$(dirname "$(dirname "$ASSAY")")}
export ASSAY BIN ASSAY_SPECS=$root/specs
