# lib.sh - what the tests of this folder share: the suite against the model behind a proxy with
# quirks (quirks.js), each of them lawful or the doing of what stands between.
. "$(dirname "$0")/../lib/cases.sh"
# a clock that cannot be advanced
real_clock() {
  sed "/^clock:/d" "$root/specs/targets/assay.yaml" >"$scratch/real.yaml"
  profile=$scratch/real.yaml
}

# start_quirks QUIRK[,QUIRK..]: a proxy before $base, which is then the proxy's
start_quirks() {
  needs node
  launch quirks node "$root/tests/quirks/proxy.js" "$1" "$base"
}

# says QUIRK: pass, calm or unsure
says() { node "$root/tests/quirks/proxy.js" --list | awk -F'\t' -v n="$1" '$1 == n {print $2}'; }

# want_no_alarm SAYS CODE: nothing in $results is red; pass: it conforms; calm: what cannot be
# judged may be skipped; unsure: it could not be told
want_no_alarm() {
  want "what is red" "$(jq -r '.checks[] | select(.verdict | IN("fail", "warn", "blocked", "stale")) |
    "\(.verdict) \(.id) \(.reason // "") \(.mismatches[0] // "")"' "$results" | head -5)" ""
  case $1 in
  pass) want_json .conformant true && want "the exit code" "$2" 0 ;;
  calm) want "the exit code" "$2" 0 ;;
  unsure) want "the exit code" "$2" 3 && want_json '[.verdict, .conformant]' '["inconclusive",null]' ;;
  esac
}

# behind QUIRKS SAYS ARGUMENTS OF RUN...
behind() {
  start_quirks "$1"
  LIMIT_S=160 run_suite --level should "${@:3}" >"$out" 2>"$err"
  want_no_alarm "$2" $?
  stop quirks
}
