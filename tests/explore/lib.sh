# Shared by the tests of `assay explore`.
. "$(dirname "${BASH_SOURCE[0]}")/../suite/lib.sh"
profile=$root/specs/targets/assay.yaml

# explore ARGUMENTS...: $url is explored; its code is returned, the spec is in found.yaml
explore() {
  rm -f "$scratch/found.yaml"
  timeout -k 5 100 "$ASSAY" explore --target "$profile" --base-url "$url" --quiet --spec "$scratch/found.yaml" \
    --results "$scratch/results.json" "$@" >"$scratch/report.txt" 2>"$scratch/talk.txt"
}

# run_found: the spec that was found, against $url
run_found() {
  timeout -k 5 60 "$ASSAY" run "$scratch/found.yaml" --target "$profile" --base-url "$url" --quiet >"$scratch/again.txt" 2>&1
}

# in_account: how many secrets stand in the account scope of main
in_account() {
  curl -sS -G -u sk_test_assayMain0001aaaaaaaaaaaa: "$url/v1/apps/secrets" -d 'scope[type]=account' -d limit=100 | jq '.data | length'
}
