# servers.sh - starts servers on a free port of 127.0.0.1 and waits for their first line,
# "listening on URL". None outlives its case.
results= # the result document of the last run
running=()

# launch NAME COMMAND...: sets $NAME_url, $NAME_pid and $base, where calls go; its stderr is in
# $scratch/NAME.err, what else it writes comes from `rest_of NAME`. False if it ended instead.
launch() {
  local name=$1 pipe=$scratch/$1.pipe fd said= word
  local dies_with=(setpriv --pdeathsig KILL --)
  shift
  command -v setpriv >/dev/null || dies_with=()
  ! is_running "$name" || { failed "$name is started while it runs"; stop "$name"; }
  rm -f "$pipe"
  mkfifo "$pipe"
  # the leak check of a server at its end can hang where ptrace is odd; valgrind does it by hand
  ASAN_OPTIONS=detect_leaks=0 "${dies_with[@]}" "$@" >"$pipe" 2>"$scratch/$name.err" &
  printf -v "${name}_pid" %s $!
  running+=("$name")
  exec {fd}<"$pipe"
  printf -v "${name}_fd" %s "$fd"
  read -r -t 60 said <&"$fd"
  for word in $said; do [[ "$word" == http* ]] && base=$word; done
  printf -v "${name}_url" %s "$base"
  [[ "$said" == *http* ]] && return
  echo "$name did not start: $*"
  cat "$scratch/$name.err"
  return 1
}

# rest_of NAME: what it wrote after its first line; waits until it ends
rest_of() {
  local fd=${1}_fd
  cat <&"${!fd}"
}

# forget NAME: it is no longer running
forget() {
  local kept=() name
  for name in "${running[@]}"; do [ "$name" = "$1" ] || kept+=("$name"); done
  running=(${kept[@]+"${kept[@]}"})
}

# is_running NAME
is_running() { [[ " ${running[*]} " == *" $1 "* ]]; }

# stop NAME [CODE [SIGNAL]]: it ends with that code, 0 if none is given, when it gets SIGTERM; $ended is its code
stop() {
  local name=$1 pid=${1}_pid wanted=${2:-0}
  is_running "$name" || return 0
  kill "-${3:-TERM}" "${!pid}" 2>/dev/null
  wait "${!pid}" 2>/dev/null
  ended=$?
  forget "$name"
  [ $ended -eq "$wanted" ] && return
  failed "how $name ends"
  show wanted "exit $wanted"
  show got "exit $ended"
  show stderr "$(tail -20 "$scratch/$name.err")"
  return 1
}

# kill_hard NAME: as if the power went
kill_hard() {
  local pid=${1}_pid
  kill -KILL "${!pid}" 2>/dev/null
  wait "${!pid}" 2>/dev/null
  forget "$1"
}

# The end of a case: whatever still runs is killed; one that has crashed meanwhile is a failure.
end_servers() {
  local name pid code bad=0
  for name in ${running[@]+"${running[@]}"}; do
    pid=${name}_pid
    if ! kill -KILL "${!pid}" 2>/dev/null; then
      wait "${!pid}" 2>/dev/null
      code=$?
      [ $code -eq 0 ] && continue
      echo "FAILED $name ended by itself: exit $code"
      tail -20 "$scratch/$name.err"
      bad=1
    fi
    wait "${!pid}" 2>/dev/null
  done
  running=()
  return $bad
}

# --- the servers of Assay ------------------------------------------------------------------------

start_server() { launch server "$ASSAY" serve --listen 127.0.0.1:0 "$@"; }

# start_recorder FIXTURE ARGUMENTS...: before $upstream, if that is set, else before the server
start_recorder() {
  launch recorder "$ASSAY" record --listen 127.0.0.1:0 --upstream "${upstream:-$server_url}" --fixture "$@"
}

# start_replayer FILE... ARGUMENTS...
start_replayer() { launch replayer "$ASSAY" replay --listen 127.0.0.1:0 "$@"; }

# --- servers that are not Assay's: tests/README.md says what each is for -------------------------

# start_hostile KIND
start_hostile() { launch hostile "$BIN/tests/hostile/hostile_server" "$1"; }

# start_foreign MUTATION, start_mutant MUTATION, start_manners MODE [URL]
start_foreign() {
  launch foreign node "$root/tests/foreign/server.js" --mutation "$1"
  export FOREIGN_URL=$base
}
start_mutant() {
  launch mutant node "$root/tests/mutants/server.js" "$1"
  export MUTANT_URL=$base
}
start_manners() { launch manners node "$root/tests/suite/manners.js" "$1" "${2:-$base}"; }
