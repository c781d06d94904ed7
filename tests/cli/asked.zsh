#!/usr/bin/env -S zsh -f
# What an interactive zsh proposes: asked.zsh FOLDER-OF-_assay DUMP LINE; one a line
zmodload zsh/zpty
zpty z zsh -f -i
settings=(
  "PS1= PS2= fpath=(${(q)1} \$fpath)"
  "autoload -U compinit; compinit -u -d ${(q)2}"
  'bindkey "^I" complete-word; zstyle ":completion:*" insert-tab false'
  'compadd() { local -a hits
     if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
     builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- "<$^hits>"; builtin compadd "$@" }'
  'comppostfuncs=(ended); ended() { print -r -- "<end"">" }'
  'print -r -- "<rea""dy>"'
)
for line in $settings; do zpty -w z "$line"; done
zpty -r -m z line '*<ready>*' || exit 1
zpty -w -n z "$3"$'\t'
zpty -r -m z line '*<end>*' || exit 1
zpty -d z
print -r -- "$line" | tr -d '\r' | sed -n 's/.*<\([^<>]*\)>$/\1/p' | grep -vx end | sort -u
