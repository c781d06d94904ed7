# Shared by the tests of `assay replay`: record a run, replay it, compare the verdicts.
. "$(dirname "${BASH_SOURCE[0]}")/../record/lib.sh"
replayer=
stop_replayer() { # its code is returned
  local code=0
  [ -n "$replayer" ] && kill -TERM "$replayer" 2>/dev/null && { wait "$replayer"; code=$?; }
  replayer=
  return $code
}
trap 'stop_replayer; stop_recorder; stop_server; rm -rf "$scratch"' EXIT

# start_replayer FILE... ARGUMENTS: sets $replayed_url
start_replayer() {
  rm -f "$scratch/replayer.fifo"
  mkfifo "$scratch/replayer.fifo"
  ASAN_OPTIONS=detect_leaks=0 timeout -k 5 120 "$ASSAY" replay --listen 127.0.0.1:0 "$@" >"$scratch/replayer.fifo" 2>"$scratch/replayer.err" &
  replayer=$!
  replayed_url=
  read -r _ _ replayed_url <"$scratch/replayer.fifo"
  [ -n "$replayed_url" ] || { cat "$scratch/replayer.err" >&2; return 1; }
}

# suite_at URL SEED FILE: "check verdict" of every check of the suite into FILE
suite_at() {
  FOREIGN_URL=$1 MUTANT_URL=$1 timeout -k 5 100 "$ASSAY" run --target "$profile" --base-url "$1" --depth "${DEPTH:-1}" --seed "$2" --quiet \
    --results "$scratch/r.json" >/dev/null 2>&1
  jq -r '.checks[] | .id + " " + .verdict' "$scratch/r.json" >"$3"
}
