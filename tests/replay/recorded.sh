# recorded.sh - recordings of overlapping requests, written by hand, and what is asked of their replay.
in_user usr_one

# begin, then exchange BEGAN_US TOOK_US METHOD TARGET BODY STATUS ANSWER: into $fixture
begin() {
  fixture=$scratch/hand.yaml n=0
  printf 'assay: recording\nversion: 1\nvolatile:\n  started: "2026-01-01T00:00:00.000000Z"\n' >"$fixture"
}
exchange() {
  n=$((n + 1))
  {
    printf -- '---\nexchange: %d\nrequest:\n  method: %s\n  target: "%s"\n  headers:\n' $n "$3" "$4"
    printf '    - Authorization: Basic key:1\n'
    [ -z "$5" ] || printf '    - Content-Type: application/x-www-form-urlencoded\n  body: "%s"\n' "$5"
    printf 'response:\n  status: %d\n  headers:\n    - Content-Type: application/json\n' "$6"
    printf "  body: '%s'\n" "$7"
    printf 'volatile:\n  at: "2026-01-01T00:00:00.%06dZ"\n  took_us: %d\n' "$1" "$2"
  } >>"$fixture"
}

# secret NAME [PAYLOAD]; with $id, else one for the name
secret() {
  printf '{"id": "%s", "object": "apps.secret", "created": 1767225600, "expires_at": null, "livemode": false, ' \
    "${id:-sec_$1}"
  printf '"name": "%s",%s "scope": {"type": "user", "user": "usr_one"}}' "$1" "${2:+ \"payload\": \"$2\",}"
}

# All begin with BEGAN_US TOOK_US:  set_there .. NAME PAYLOAD; find_there .. NAME PAYLOAD; delete_there .. NAME
# list_there .. NAME...
query='scope[type]=user&scope[user]=usr_one'
set_there() { exchange "$1" "$2" POST /v1/apps/secrets "name=$3&payload=$4&$query" 200 "$(secret "$3")"; }
find_there() {
  exchange "$1" "$2" GET "/v1/apps/secrets/find?name=$3&expand[]=payload&$query" "" 200 "$(secret "$3" "$4")"
}
delete_there() {
  exchange "$1" "$2" POST /v1/apps/secrets/delete "name=$3&$query" 200 '{"object": "apps.secret", "deleted": true}'
}
list_there() {
  local items= name
  for name in "${@:3}"; do items=$items${items:+, }$(secret "$name"); done
  exchange "$1" "$2" GET "/v1/apps/secrets?limit=100&$query" "" 200 \
    "{\"object\": \"list\", \"url\": \"/v1/apps/secrets\", \"has_more\": false, \"data\": [$items]}"
}

# want_found NAME PAYLOAD, want_listed "NAME ..": here, of the replay
want_found() {
  find_secret "$1"
  want "the payload of $1" "$(body .payload)" "$2"
}
want_listed() {
  call GET "" -d limit=100 >/dev/null
  want "the names in the list" "$(body '[.data[].name] | join(" ")')" "$1"
}
