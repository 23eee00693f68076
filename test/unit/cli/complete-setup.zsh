# The shell that completes for complete.zsh.
PROMPT= RPROMPT=
setopt no_beep
autoload -Uz compinit && compinit -u -D
source $1
offer() { comppostfuncs=(finish); zle complete-word }
finish() { compstate[insert]=; compstate[list]=; print END }
zle -N offer
bindkey '^I' offer
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a matches
  builtin compadd -A matches "$@"
  [[ -n $matches ]] || return
  print -rl -- "MATCH "$^matches
}
print READY
