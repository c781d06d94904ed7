# Shared by the tests of `assay record`: a server, a recorder before it, clients.
. "$(dirname "${BASH_SOURCE[0]}")/../suite/lib.sh"
LOADER=${BIN:?}/tests/record/record_load
recorder=
stop_recorder() { # its code is returned
  local code=0
  [ -n "$recorder" ] && kill -TERM "$recorder" 2>/dev/null && { wait "$recorder"; code=$?; }
  recorder=
  return $code
}
trap 'stop_recorder; stop_server; rm -rf "$scratch"' EXIT

# start_recorder FIXTURE ARGUMENTS...: sets $recorded_url; false if it did not start
start_recorder() {
  local fixture=$1
  shift
  rm -f "$scratch/recorder.fifo"
  mkfifo "$scratch/recorder.fifo"
  ASAN_OPTIONS=detect_leaks=0 "$ASSAY" record --listen 127.0.0.1:0 --upstream "${upstream:-$url}" \
    --fixture "$fixture" "$@" >"$scratch/recorder.fifo" 2>"$scratch/recorder.err" &
  recorder=$!
  recorded_url=
  read -r _ _ recorded_url <"$scratch/recorder.fifo"
  [ -n "$recorded_url" ] || { cat "$scratch/recorder.err" >&2; return 1; }
}
