# ---- the tools; nothing below is about this fault alone ----
set -u
base=${1:-$recorded_base}
base=${base%/}
dir=$(mktemp -d) || exit 3
n=
trap '[ -z "$n" ] || clean; rm -rf "$dir"' EXIT
trap 'exit 3' HUP INT TERM
passed=0

say() { printf '%s\n' "$*"; }

cannot_tell() {
  say "could not tell: $*"
  exit 3
}

# epoch: the Date header of an answer as seconds since 1970
epoch() {
  awk 'tolower($1) == "date:" {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $4) + 2) / 3
    split($6, clock, ":")
    year = $5 - (month <= 2); era = int(year / 400); of_era = year - era * 400
    of_year = int((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + $3 - 1
    days = era * 146097 + of_era * 365 + int(of_era / 4) - int(of_era / 100) + of_year - 719468
    printf "%d\n", days * 86400 + clock[1] * 3600 + clock[2] * 60 + clock[3]
    exit
  }'
}

# as_far_into_a_second: waits until the target is as far into one as it was then; sets t
as_far_into_a_second() {
  before=$t tries=0
  while [ "$t" = "$before" ] && [ $tries -lt 40 ]; do
    sleep 0.03 2>"$dir/err" || sleep 1
    curl -sS -m 20 -g -o /dev/null -D "$dir/head" "$base/v1/apps/secrets" 2>"$dir/err" ||
      cannot_tell "$base cannot be reached: $(cat "$dir/err")"
    t=$(epoch <"$dir/head")
    tries=$((tries + 1))
  done
  sleep "$(printf '0.%03d' "$recorded_ms")" 2>"$dir/err" || :
}

# begin: fresh names, and what time it is for the target
begin() {
  n=$(awk -v p=$$ 'BEGIN {
    srand(); srand(srand() + p)
    for (i = 0; i < 6; i++) s = s substr("abcdefghijkmnopqrstuvwxyz23456789", 1 + int(rand() * 32), 1)
    print "assay" s
  }')
  curl -sS -m 20 -g -o /dev/null -D "$dir/head" "$base/v1/apps/secrets" 2>"$dir/err" ||
    cannot_tell "$base cannot be reached: $(cat "$dir/err")"
  t=$(epoch <"$dir/head")
  [ "$recorded_ms" -lt 0 ] || [ -z "$t" ] || as_far_into_a_second
  [ -n "$t" ] || t=$(date +%s)
  : >"$dir/ids"
}

# wait_until MS: so long after the beginning, by the clock of the target; less rather than more, for
# the rest of a second passes by itself
wait_until() {
  seconds=$((($1 - passed + 100) / 1000))
  [ "$seconds" -gt 0 ] || return 0
  passed=$((passed + seconds * 1000))
  if [ -n "$clock_path" ]; then
    say "   the clock is advanced by $seconds s"
    path=$(printf %s "$clock_path" | sed "s/\${seconds}/$seconds/g")
    form=$(printf %s "$clock_form" | sed "s/\${seconds}/$seconds/g")
    curl -sS -m 60 -g -o /dev/null -X "$clock_method" ${form:+-d "$form"} "$base$path" ||
      cannot_tell "the clock was not advanced"
  else
    say "   $seconds s pass"
    sleep "$seconds"
  fi
}

# send NUMBER ARGUMENTS_OF_CURL...
send() {
  number=$1
  shift
  curl -sS -m 60 -o "$dir/$number.body" -D "$dir/$number.head" -w '%{http_code}' "$@" \
    >"$dir/$number.status" 2>"$dir/$number.err" || printf 000 >"$dir/$number.status"
  [ -f "$dir/$number.body" ] || : >"$dir/$number.body"
}

# after NUMBER RECORDED_STATUS WHAT [known]: tells it, and remembers the ids of the answer; `known`:
# sent with a key that the target knows
after() {
  status=$(cat "$dir/$1.status")
  say "$1. $3: $status$([ "$status" = "$2" ] || printf ', recorded was %s' "$2")"
  [ "$status" != 000 ] || [ "$2" = 0 ] || cannot_tell "$(cat "$dir/$1.err")"
  [ "$status" != 401 ] || [ "$2" = 401 ] || [ "${4:-}" != known ] || [ "$1" -ge "$judged_from" ] ||
    cannot_tell "401: is the key in \$ASSAY_KEY known there?"
  ids_of <"$dir/$1.body" >"$dir/$1.ids"
  while read -r one; do
    grep -qxF -e "$one" "$dir/ids" || printf '%s\n' "$one" >>"$dir/ids"
  done <"$dir/$1.ids"
}

ids_of() {
  awk '{ text = text $0 } END {
    while (match(text, /"id" *: *"[^"]*"/)) {
      one = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
      sub(/^"id" *: *"/, "", one); sub(/"$/, "", one); if (one != "") print one
    }
  }'
}

# id NUMBER K: the K-th id in the answer to that request
id() { sed -n "$2p" "$dir/$1.ids"; }

# canon PREFIX TIME IDS: an answer without what is another each time: names, ids, times
canon() {
  awk -v prefix="$1" -v t="$2" -v file="$3" '
    function swap(s, from, to,   at, out) {
      while (from != "" && (at = index(s, from)) > 0) {
        out = out substr(s, 1, at - 1) to; s = substr(s, at + length(from))
      }
      return out s
    }
    function times(s,   out, number) {
      while (match(s, /[0-9]+/)) {
        number = substr(s, RSTART, RLENGTH); out = out substr(s, 1, RSTART - 1)
        s = substr(s, RSTART + RLENGTH)
        if (length(number) == 10 && number - t < 1e9 && t - number < 1e9) number = "T" (number - t)
        else if (length(number) == 13) number = "MS"
        out = out number
      }
      return out s
    }
    BEGIN { while ((getline line < file) > 0) ids[++count] = line }
    { text = text (NR > 1 ? "\n" : "") $0 }
    END {
      text = swap(text, prefix, "NAME")
      for (i = 1; i <= count; i++) text = swap(text, ids[i], "ID" i)
      print times(text)
    }'
}

# at POINTER: that value of a JSON text, without blanks; "nothing" if there is none
at() {
  awk -v pointer="$1" '
    function blanks() { while (p <= length(s) && index(" \t\r\n", substr(s, p, 1))) p++ }
    function text(   from) {
      from = p++
      while (p <= length(s) && substr(s, p, 1) != "\"") p += substr(s, p, 1) == "\\" ? 2 : 1
      p++
      return substr(s, from, p - from)
    }
    function many(path, open, close_,   r, k, i, c) {
      p++; r = open; i = 0; blanks()
      if (substr(s, p, 1) == close_) { p++; return r close_ }
      while (p <= length(s)) {
        blanks(); k = ""
        if (open == "{") { k = text(); blanks(); p++ }
        r = r (k == "" ? "" : k ":") value(path "/" (open == "{" ? substr(k, 2, length(k) - 2) : i)); i++
        blanks(); c = substr(s, p, 1); p++
        if (c != ",") break
        r = r ","
      }
      return r close_
    }
    function value(path,   c, r) {
      blanks(); c = substr(s, p, 1)
      if (c == "{") r = many(path, "{", "}")
      else if (c == "[") r = many(path, "[", "]")
      else if (c == "\"") r = text()
      else if (match(substr(s, p), /^[-+.0-9A-Za-z]+/)) { r = substr(s, p, RLENGTH); p += RLENGTH }
      else { r = "?"; p = length(s) + 1 }
      if (path == pointer) { result = r; found = 1 }
      return r
    }
    { s = s (NR > 1 ? "\n" : "") $0 }
    END { p = 1; if (s != "") value(""); print (found ? result : "nothing") }'
}

# header NAME: its value in an answer as a JSON text, or "nothing"
header() {
  awk -v name="$1" '{ sub(/\r$/, ""); at = index($0, ":") }
    at && tolower(substr($0, 1, at - 1)) == name {
      value = substr($0, at + 1); sub(/^ */, "", value); all = all (found++ ? ", " : "") value
    }
    END { print (found ? "\"" all "\"" : "nothing") }'
}

# same_time A B: two times that differ by a second at most, or two texts that are equal
same_time() {
  [ "$1" = "$2" ] && return
  a=${1#T} b=${2#T}
  [ "T$a" = "$1" ] && [ "T$b" = "$2" ] || return 1
  case $a$b in *[!-0-9]*) return 1 ;; esac
  [ $((a - b)) -le 1 ] && [ $((b - a)) -le 1 ]
}

recorded_body() { canon "$recorded_prefix" "$recorded_t" "$dir/recorded.ids" <"$dir/$1.recorded"; }
body_now() { canon "$n" "$t" "$dir/ids" <"$dir/$1.body"; }
# Whatever else an answer tells: when a secret was made is another each time.
anyhow() { sed 's/"created" *: *T-*[0-9]*/"created":NOW/g' | tr -d ' \n'; }

# judge FROM TO POINTER WANTED GOT: does the answer to request TO show again what was got there? A
# place that is in no one answer is judged by all of them, from FROM on.
judge() {
  shows=1
  now=
  case $3 in
  /status) [ "$(cat "$dir/$2.status")" = "$5" ] || shows=0; now=$(cat "$dir/$2.status") ;;
  /headers/*) now=$(header "${3#/headers/}" <"$dir/$2.head"); [ "$now" = "$5" ] || shows=0 ;;
  /body/*/created | /body/created)
    now=$(body_now "$2" | at "${3#/body}")
    same_time "$now" "$(recorded_body "$2" | at "${3#/body}")" || shows=0 ;;
  /body | /body/*)
    now=$(body_now "$2" | at "${3#/body}" | anyhow)
    was=$(printf '%s' "$5" | canon "$recorded_prefix" "$recorded_t" "$dir/recorded.ids" | anyhow)
    then=$(recorded_body "$2" | at "${3#/body}" | anyhow)
    case $then in
    *'[payloadnotours]'*) # it was not kept: as many bytes are the same answer
      [ $(($(wc -c <"$dir/$2.body"))) -eq "$(cat "$dir/$2.bytes")" ] || shows=0 ;;
    *) [ "$now" = "$then" ] || [ "$now" = "$was" ] || shows=0 ;;
    esac ;;
  *)
    i=$1
    while [ "$i" -le "$2" ]; do
      [ "$(cat "$dir/$i.status")" = "$(cat "$dir/$i.was")" ] || shows=0
      if [ "$side_by_side" = 1 ]; then # in whatever order they came: as many bytes
        [ $(($(wc -c <"$dir/$i.body"))) -eq "$(cat "$dir/$i.bytes")" ] || shows=0
      else
        [ "$(body_now "$i" | anyhow)" = "$(recorded_body "$i" | anyhow)" ] || shows=0
      fi
      i=$((i + 1))
    done ;;
  esac
  say ""
  say "at $3 of the answer to request $2"
  say "  wanted    $(printf '%s' "$4" | cut -c1-400)"
  say "  was       $(printf '%s' "$5" | cut -c1-400)"
  [ -z "$now" ] || say "  now       $(printf '%s' "$now" | cut -c1-400)"
  if [ $shows -eq 1 ]; then say "The fault shows."; else say "The fault does not show."; fi
}

