# explored.sh - explorations, and the specs that come of them.

# explore ARGUMENTS...: what is at $base; the spec is in found.yaml, the document is $results
explore() {
  rm -f "$scratch/found.yaml"
  results=$scratch/results.json
  assay explore --target "$profile" --base-url "$base" --quiet --spec "$scratch/found.yaml" --results "$results" "$@"
}

# run_found: the spec that was found, at $base
run_found() { assay run "$scratch/found.yaml" --target "$profile" --base-url "$base" --quiet; }

# in_account_of_main: how many secrets stand there
in_account_of_main() {
  curl -sS -G -u "$main_key:" "$base/v1/apps/secrets" -d 'scope[type]=account' -d limit=100 | jq '.data | length'
}

ledgers() { find "$XDG_STATE_HOME/assay" -name '*.ledger' 2>/dev/null; }

# want_nothing_left: neither secrets nor a ledger
want_nothing_left() {
  want "secrets that are left in the account" "$(in_account_of_main)" 0
  want "ledgers that are left" "$(ledgers)" ""
}
