# want.sh - checks. Each says in words what was wanted and what came, with its place, and goes on;
# it returns whether it held. Not in a subshell or a pipe: there the count is lost.

# failed WHAT: for checks that are not in this file
failed() {
  local i=0 line function file
  failures=$((failures + 1))
  while read -r line function file < <(caller $i) && [[ "$file" == "$lib"/* || "$file" == */lib/*.sh ]]; do
    i=$((i + 1))
  done
  echo "FAILED ${file#"$root"/}:$line: $1"
}

# show WORD TEXT: a line, or some lines, of what stands beside a failure
show() {
  local text
  text=$(printf '%s' "$2" | cut -c1-400 | head -20)
  if [[ "$text" == *$'\n'* ]]; then
    printf '  %s\n%s\n' "$1:" "$(printf '%s' "$text" | sed 's/^/    /')"
  else
    printf '  %-8s%s\n' "$1:" "${text:-(nothing)}"
  fi
}

# want WHAT GOT WANTED: two texts are the same
want() {
  checks=$((checks + 1))
  [ "$2" = "$3" ] && return
  failed "$1"
  show wanted "$3"
  show got "$2"
  return 1
}

# want_true WHAT COMMAND...: the command succeeds; what it says is told if it does not
want_true() {
  local said
  checks=$((checks + 1))
  said=$("${@:2}" 2>&1) && return
  failed "$1"
  show wanted "success of: ${*:2}"
  show got "$said"
  return 1
}

# want_code CODE COMMAND...: its exit code, in $code too; what it writes is in the files $out and $err
want_code() {
  local wanted=$1
  shift
  checks=$((checks + 1))
  "$@" >"$out" 2>"$err" </dev/null
  code=$?
  [ $code -eq "$wanted" ] && return
  failed "the exit code of: $*"
  show wanted "exit $wanted"
  show got "exit $code"
  show stderr "$(tail -8 "$err")"
  show stdout "$(head -8 "$out")"
  return 1
}

# want_lines NUMBER REGEX FILE...: so many lines match; NUMBER may be "some"
want_lines() {
  local number
  checks=$((checks + 1))
  number=$(cat "${@:3}" | LC_ALL=C grep -ac -e "$2")
  [ "$number" = "$1" ] && return
  [ "$1" = some ] && [ "$number" -gt 0 ] && return
  failed "lines that match '$2' in $(basename -a "${@:3}" | tr '\n' ' ')"
  show wanted "$1"
  show got "$number, in: $(cat "${@:3}" | head -20)"
  return 1
}

# want_text TEXT FILE...: it stands there, as it is
want_text() {
  checks=$((checks + 1))
  cat "${@:2}" | grep -qF -e "$1" && return
  failed "a text in $(basename -a "${@:2}" | tr '\n' ' ')"
  show wanted "$1"
  show got "$(cat "${@:2}")"
  return 1
}

# want_no_text TEXT FILE...: it stands in none of them
want_no_text() {
  local where
  checks=$((checks + 1))
  where=$(grep -nF -e "$1" /dev/null "${@:2}") || return 0
  failed "a text that must not be there"
  show wanted "nowhere: $1"
  show got "$where"
  return 1
}

# want_json FILTER WANTED [FILE]: what jq makes of the file, or of the results of the last run
want_json() {
  local got
  checks=$((checks + 1))
  got=$(jq -c "$1" "${3:-$results}" 2>&1)
  [ "$got" = "$2" ] && return
  failed "$1 of $(basename "${3:-$results}")"
  show wanted "$2"
  show got "$got"
  return 1
}

# want_same FILE FILE: the bytes are the same
want_same() {
  checks=$((checks + 1))
  cmp -s "$1" "$2" && return
  failed "$(basename "$1") and $(basename "$2") are not the same"
  show differs "$(diff -a "$1" "$2" | head -10)"
  return 1
}

# want_file FILE, want_no_file FILE: it is there and not empty; nothing of that name is there
want_file() { want_true "a file that is not empty: $(basename "$1")" test -s "$1"; }
want_no_file() { want_true "no file: $(basename "$1")" test ! -e "$1"; }
