# recording.sh - recordings that several tests of this folder begin with.

# record_run FILE: some cases of the suite, a multipart body and a HEAD request, recorded
record_run() {
  stop server
  start_server
  start_recorder "$1"
  assay run --target "$profile" --base-url "$base" --jobs 1 --seed 7 --fast --quiet --filter 'object/*' >/dev/null
  curl -sS -o /dev/null "$base/v1/apps/secrets" -u "$key:" -F name=x -F payload=multipart-secret-9
  curl -sS -o /dev/null --head "$base/v1/apps/secrets" -H "Authorization: Bearer $key"
  stop recorder
}

# record_calls FILE [NUMBER]: so many secrets set, one after another
record_calls() {
  local n
  is_running server || start_server
  start_recorder "$1"
  for ((n = 0; n < ${2:-1}; n++)); do set_secret "call-$n" "payload-of-call-$n"; done
  stop recorder
}

exchanges_in() { grep -c '^exchange:' "$1"; }
