# Completion for bash, and for zsh with bashcompinit: the program itself knows its commands, options and choices of values. Files where it
# names nothing.
_sealpost()
{
    local IFS=$'\n'
    COMPREPLY=($(sealpost complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    # A value follows without a space; not every shell can be told so.
    [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null || true
}
complete -o default -F _sealpost sealpost
