# api.sh - calls of the Secrets API with curl, and the runs of Assay that many tests make.
key=sk_test_4eC39HqLyjWDarjtT1zdp7dc     # the example key of the API reference
main_key=sk_test_assayMain0001aaaaaaaaaaaa # of specs/targets/assay.yaml
profile=$root/specs/targets/assay.yaml
scope=(-d "scope[type]=account") # of the calls; in_user changes it

# in_user NAME, in_account: whose secrets the calls are about from here on
in_user() { scope=(-d "scope[type]=user" -d "scope[user]=$1"); }
in_account() { scope=(-d "scope[type]=account"); }

# call METHOD PATH ARGUMENTS...: PATH below /v1/apps/secrets, at $base. The answer's body is what it
# writes, and in $scratch/body; its headers are in $scratch/headers. $as is another key.
call() {
  local get=
  [ "$1" = GET ] && get=-G
  : >"$scratch/headers"
  curl -sS -g $get -m 60 -D "$scratch/headers" -o "$scratch/body" -u "${as:-$key}:" "$base/v1/apps/secrets$2" \
    "${scope[@]}" "${@:3}" || return
  cat "$scratch/body"
}

# set_secret NAME PAYLOAD [ARGUMENTS...], find_secret NAME, delete_secret NAME: bodies in $scratch/body
set_secret() { call POST "" -d "name=$1" --data-urlencode "payload=$2" "${@:3}" >/dev/null; }
find_secret() { call GET /find -d "name=$1" -d "expand[]=payload" "${@:2}" >/dev/null; }
delete_secret() { call POST /delete -d "name=$1" "${@:2}" >/dev/null; }

# Of the last answer:
status() { sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$scratch/headers"; }
label() { sed -n 's/^Assay-Replay: \([a-z]*\).*/\1/p' "$scratch/headers"; }
body() { jq -r "$1" "$scratch/body"; } # body FILTER
want_status() { want "the status of the answer" "$(status)" "$1" || show body "$(cat "$scratch/body")"; }
want_label() { want "the label of the answer" "$(label)" "$1"; }
want_body() { want_json "$1" "$2" "$scratch/body"; } # want_body FILTER WANTED

# The clock of `serve` and `replay`, in seconds
clock() { curl -sS -m 60 "$base/_assay/clock" | jq .now; }
advance() { curl -sS -m 60 -o /dev/null -d "advance=$1" "$base/_assay/clock"; }

# status_of ARGUMENTS...: of a request that curl makes of them
status_of() { curl -sS -m 60 -o /dev/null -w '%{http_code}' "$@"; }

# run_suite ARGUMENTS...: the suite at $base, by the profile of `assay serve`; $results is its document
run_suite() {
  results=$scratch/results.json
  assay run --target "$profile" --base-url "$base" --quiet --results "$results" "$@"
}

# want_clean: every check of $results passed, was noted or, with a further word, has that verdict
want_clean() {
  want "checks that are not passed or noted" "$(jq -r --arg also "${1:-}" '.checks[] |
    select(.verdict != "pass" and .verdict != "note" and .verdict != $also) |
    "\(.verdict) \(.id) \(.reason // "")"' "$results")" ""
}

# volatile_free FILE: a recording without its volatile blocks
volatile_free() { awk '/^volatile:/ {skip = 1; next} /^[^ ]/ {skip = 0} !skip' "$1"; }
