# sample.sh - which rows of a list of named things a long test takes. EVERY=1 takes all.

# choose FILE [NAME...]: keeps the rows of FILE that begin with these names; a name that is not there
# ends the test with 2. Without names: the first, and every ${EVERY:-1}th.
choose() {
  local file=$1 name near
  shift
  if [ $# -eq 0 ]; then
    awk -v n="${EVERY:-1}" 'NR % n == 1 || n == 1' "$file" >"$file.some"
  else
    for name; do
      awk -v name="$name" '$1 == name { print; found = 1 } END { exit !found }' "$file" && continue
      near=$(awk -v name="$name" 'index($1, substr(name, 1, 4)) == 1 { print $1 }' "$file" | head -5 | paste -sd' ')
      echo "$0: there is no \"$name\"${near:+; there are: $near}" >&2
      rm -f "$file.some"
      exit 2
    done >"$file.some"
  fi
  mv "$file.some" "$file"
}

# part FILE K N: of the rows those of the K-th of N parts, counted from 0, of every ${EVERY:-1}th row
part() {
  awk -v k="$2" -v n="$3" -v every="${EVERY:-1}" '(NR - 1) % every == 0 && (NR - 1) / every % n == k' "$1" >"$1.some"
  mv "$1.some" "$1"
}
