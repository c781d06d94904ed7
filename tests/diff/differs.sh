# differs.sh - a recording compared with what is at $base; $results is the document.
key=$main_key

differs() {
  results=$scratch/d.json
  assay diff "$1" --target "$profile" --base-url "$base" --results "$results" --quiet "${@:2}"
}

# record COMMAND...: what it sends to a server with a clock that is advanced only, as r.yaml
record() {
  start_server --clock frozen
  start_recorder "$scratch/r.yaml"
  "$@"
  stop recorder
  stop server
}

# advance_server SECONDS, server_clock: not by way of the recorder
advance_server() { base=$server_url advance "$1"; }
server_clock() { base=$server_url clock; }
