# Prints what zsh offers for a line: zsh -f complete.zsh SCRIPT LINE. Each match is printed as the
# completion system adds it, in an interactive shell of its own; END tells that there are no more.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source ${(q)0:A:h}/complete-setup.zsh ${(q)1}"
while zpty -r shell line; do [[ $line == *READY* ]] && break; done
zpty -w -n shell "$2"$'\t'
while zpty -r shell line; do
  line=${line%%[[:cntrl:]]#}
  [[ $line == *MATCH\ * ]] && print -r -- "${${line##*MATCH }%%[[:cntrl:]]*}"
  [[ $line == *END* ]] && break
done
zpty -d shell
