# Completion of goop2 for bash(1): commands, options, directories, daemons.
_goop2() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-}
	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W "--help --version $(goop2 --help |
			sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')" -- "$word"))
	elif [ "${word#-}" != "$word" ]; then
		COMPREPLY=($(compgen -W "--help $(goop2 "$command" --help |
			sed -n 's/^  \(--[a-z-]*\) .*/\1/p')" -- "$word"))
	elif [ "$COMP_CWORD" = 2 ]; then
		compopt -o filenames
		COMPREPLY=($(compgen -d -- "$word"))
	else
		case $command in
		restart | needs)
			COMPREPLY=($(compgen -W "goopd goop-discoveryd
				goop-viewerd goop-rendezvousd \
				goop-relayd" -- "$word"))
			;;
		export | import)
			compopt -o filenames
			COMPREPLY=($(compgen -f -- "$word"))
			;;
		esac
	fi
}
complete -F _goop2 goop2
