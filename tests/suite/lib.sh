# Shared by the tests that run the built `assay` ($ASSAY) against a server of its own.
set -u
command -v jq >/dev/null || { echo "skipped: jq is not installed"; exit 77; }
. "$(dirname "${BASH_SOURCE[0]}")/../lib/built.sh"
. "$root/tests/lib/sample.sh"
scratch=$(mktemp -d)
export XDG_STATE_HOME=$scratch/state
server=
stop_server() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  server=
}
trap 'stop_server; rm -rf "$scratch"' EXIT

# start_server ARGUMENTS...: assay serve on a free port; sets $url
start_server() {
  rm -f "$scratch/fifo"
  mkfifo "$scratch/fifo"
  # the leak check of a server at its end can hang where ptrace is odd; valgrind does it by hand
  ASAN_OPTIONS=detect_leaks=0 timeout -k 5 120 "$ASSAY" serve --listen 127.0.0.1:0 "$@" >"$scratch/fifo" 2>"$scratch/serve.err" &
  server=$!
  read -r _ _ url <"$scratch/fifo"
}

# run_suite PROFILE ARGUMENTS...: the suite against $url; its code is returned
run_suite() {
  local profile=$1
  shift
  timeout -k 5 100 "$ASSAY" run --target "$root/specs/targets/$profile.yaml" --base-url "$url" --quiet \
    --results "$scratch/results.json" "$@" >"$scratch/report.txt" 2>"$scratch/talk.txt"
}
