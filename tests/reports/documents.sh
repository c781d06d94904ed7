# documents.sh - result documents that the tests of this folder begin with; each is made in its case.

# run_to NAME ARGUMENTS...: a run at the server, as $scratch/NAME.json; $depth is that of grids
run_to() {
  assay run --target "$profile" --base-url "$server_url" --quiet --results "$scratch/$1.json" --seed 5 \
    --depth "${depth:-2}" "${@:2}" >/dev/null 2>&1
}

# serve_good: what serves is the model without defects
serving=
serve_good() {
  [ "$serving" != good ] || return 0
  stop server
  start_server
  serving=good
}

# make_good, make_broken, make_shards, make_merged: good.json, broken.json, shard1.json ..
make_good() {
  [ ! -e "$scratch/good.json" ] || return 0
  serve_good
  run_to good
}
make_broken() {
  stop server
  serving=
  start_server --defect list-drops-one --defect error-as-text
  run_to broken
}
make_shards() {
  local i
  serve_good
  for i in 1 2 3; do run_to shard$i --shard $i/3; done
}
make_merged() {
  make_shards
  report "$scratch"/shard{3,1,2}.json --format json -o "$scratch/merged.json"
}

# make_small: broken.json with forty of its failures and of what passed; for what is slow
make_small() {
  make_broken
  jq '.checks |= (map(select(.verdict == "pass"))[:200] + map(select(.verdict != "pass"))[:40]) |
    (.checks | map({(.id): true}) | add) as $ids | (.checks | map(.row // empty | {(.): true}) | add) as $rows |
    (.clauses, .causes)[].checks |= map(select($ids[.])) | .rows |= with_entries(select($rows[.key]))' \
    "$scratch/broken.json" >"$scratch/small.json"
}

# make_hostile: good.json with markup, escapes, NUL, long and right-to-left texts
make_hostile() {
  make_good
  jq '("L" * 1048576) as $long |
    .target.name = "<script>alert(1)</script>\u001b[31m\u202e\u0000\"&]]>" |
    .checks[0] += {verdict: "fail", reason: "\u001b]0;x\u0007<img src=x onerror=alert(1)>", mismatches: [
      {pointer: "/body/<b>", expected: "]]><script>",
       got: ("| ` # not ok 1 \n1..5\u0000\u202e\u001b[2J" + $long + "\ud83d\ude00")}]} |
    .checks[1] += {verdict: "warn", id: "a/b/<i>\u001b[0m",
      mismatches: [{pointer: "", expected: "\u0001\u0002", got: "\ufffe"}]}' "$scratch/good.json" \
    >"$scratch/hostile.json"
}

report() { assay report "$@"; }
