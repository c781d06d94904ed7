# cases.sh - what every shell test is made of. A test file reads:
#
#     #!/usr/bin/env bash
#     # The clock of `assay replay`: what moves it, and what ends then.
#     . "$(dirname "$0")/../lib/cases.sh"
#
#     test_advancing_it_ends_a_secret() {
#       start_server --clock frozen
#       ...
#       want_status 404
#     }
#
#     run_cases "$@"
#
# Each test_NAME is a ctest of its own, FOLDER.FILE.NAME, and runs in a process and a folder
# ($scratch) of its own. By hand: `tests/replay/clock` runs all of a file, `tests/replay/clock NAME`
# one, `--list` lists them. Marks stand behind the brace:
#
#     test_x() { # long               takes over two seconds: not in `tools/test --quick`
#     test_x() { # alone              measures time: nothing else runs meanwhile
#     test_x() { # each: a b c        three tests, x.a x.b x.c; $1 says which
#     test_x() { # long each: a b c   or a line `# each: a b c`, or some, above it
#
# A function by_name gets, by hand, names that are none of the cases: `tests/suite/defects find-is-cached`.
#
# A case that checks nothing fails. What starts in a case ends with it.
set -u

# list_cases FILE: "NAME MARKS" a line, in the order of the file
list_cases() {
  awk '
    /^# each:/ { sub("^# each:", ""); values = values " " $0; next }
    /^test_[a-z0-9_]+\(\) {/ {
      name = substr($0, 6, index($0, "(") - 6)
      marks = match($0, "{ *# *") ? substr($0, RSTART + RLENGTH) : ""
      if (match(marks, " *each:")) {
        values = values " " substr(marks, RSTART + RLENGTH)
        marks = substr(marks, 1, RSTART - 1)
      }
      number = split(values, value, " ")
      for (i = 1; i <= number; i++) print name "." value[i], marks
      if (!number) print name, marks
    }
    { values = "" }' "$1"
}
if [ "${1:-}" = --list ]; then
  list_cases "$0"
  exit
fi

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$lib/built.sh"
. "$lib/sample.sh"
shopt -s inherit_errexit 2>/dev/null

. "$lib/want.sh"
. "$lib/servers.sh"
. "$lib/api.sh"

# --- running -------------------------------------------------------------------------------------

# skip WHY: the case cannot run here
skip() {
  echo "skipped: $*"
  exit 77
}

# needs COMMAND...: skips where one is not installed
needs() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || skip "$command is not installed"
  done
}

# needs_node_module FOLDER NAME: what tests/install-npm puts into tests/FOLDER
needs_node_module() {
  needs node
  [ -d "$root/tests/$1/node_modules/$2" ] || skip "tests/$1/node_modules/$2 is missing: tests/install-npm"
}

# assay ARGUMENTS...: the program, for at most $LIMIT_S seconds
assay() { timeout -k 5 "${LIMIT_S:-100}" "$ASSAY" "$@"; }

# Ends what still runs, and says so where it ended by itself in a bad way.
end_case() {
  local code=$?
  trap - EXIT
  end_servers || [ $code -ne 0 ] || code=1
  rm -rf "$scratch"
  exit $code
}

# A misspelt check must not pass; bash runs this in a subshell.
command_not_found_handle() {
  echo "$1: command not found" | tee -a "$scratch/not-found" >&2
  return 127
}

# run_case FUNCTION [ARGUMENT...]: in a process and a folder of its own
run_case() (
  scratch=$(mktemp -d)
  out=$scratch/out err=$scratch/err
  : >"$out"
  : >"$err"
  export XDG_STATE_HOME=$scratch/state
  checks=0 failures=0
  trap end_case EXIT
  needs jq curl
  "$@"
  [ $checks -gt 0 ] || failed "$* checked nothing"
  [ ! -s "$scratch/not-found" ] || failed "$(cat "$scratch/not-found")"
  exit $((failures > 0))
)

# run_cases [NAME...]: all of the file, or these. Where the file has a function by_name, it gets names
# that are none of its cases.
run_cases() {
  local names=("$@") name value code bad=0 ran=0
  [ $# -gt 0 ] || mapfile -t names < <(list_cases "$0" | cut -d' ' -f1)
  for name in "${names[@]}"; do
    value=
    [[ "$name" != *.* ]] || value=${name#*.}
    if declare -F "test_${name%%.*}" >/dev/null; then
      run_case "test_${name%%.*}" ${value:+"$value"}
    elif declare -F by_name >/dev/null; then
      run_case by_name "$@"
      exit
    else
      echo "$0: there is no case \"$name\"; --list lists them" >&2
      exit 2
    fi
    code=$?
    case $code in
    0) echo "ok     $name" ;;
    77) echo "skip   $name" ;;
    *) echo "FAILED $name" && bad=1 ;;
    esac
    [ $code -eq 77 ] || ran=1
  done
  [ $ran -eq 1 ] || exit 77
  exit $bad
}
