# sessions.sh - recordings that several tests of this folder begin with.

# session NAME USER PAYLOAD: set, find, list, delete and find again; the answers
session() {
  in_user "$2"
  call POST "" -d "name=$1" -d "payload=$3"
  call GET /find -d "name=$1" -d "expand[]=payload"
  call GET ""
  call POST /delete -d "name=$1"
  call GET /find -d "name=$1"
}

# record_session: one of my-key, usr_one and hush-hush-1, and a refused key, in f.yaml; the answers are in live.txt
record_session() {
  start_server
  start_recorder "$scratch/f.yaml"
  session my-key usr_one hush-hush-1 >"$scratch/live.txt"
  in_account
  as=sk_test_nobody000000 call GET "" >"$scratch/live401.txt"
  stop recorder
  stop server
}

# replay_session ARGUMENTS...: that recording, replayed
replay_session() {
  record_session
  start_replayer "$scratch/f.yaml" "$@"
}

# record COMMAND...: what it sends, recorded in r.yaml; SERVE are arguments of the server
record() {
  # shellcheck disable=SC2086
  start_server ${SERVE:-}
  rm -f "$scratch"/r.yaml*
  start_recorder "$scratch/r.yaml"
  "$@"
  stop recorder
  stop server
}

# timeless FILE: without the seconds of creation; faceless FILE: without ids, too
timeless() { sed 's/"created": [0-9]*/T/g' "$1"; }
faceless() { timeless "$1" | sed 's/appsecret_[A-Za-z0-9]*/I/g'; }

# set_all NAME...: in the account
set_all() {
  local name
  in_account
  for name in "$@"; do set_secret "$name" "payload-of-$name"; done
}

# names: of the secrets in the answer, with spaces between
names() { body '[.data[].name] | join(" ")'; }

# walk: all names, page by page of one
walk() {
  local after= n
  for ((n = 0; n < 20; n++)); do
    call GET "" -d limit=1 ${after:+-d starting_after=$after} >/dev/null
    body '.data[].name'
    after=$(body '.data[0].id // empty')
    [ "$(body '.has_more and (.data | length > 0)')" = true ] || break
  done | tr '\n' ' '
}
