# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of the ffi program for bash. Commands and options come from the program's own help.

_ffi() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} i
    COMPREPLY=()
    if ((COMP_CWORD == 1)) || [[ $command == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W "help $(ffi help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p')" -- "$current")
        return
    fi
    case $previous in
    --abi) mapfile -t COMPREPLY < <(compgen -W "list $(ffi plan --abi list 2>/dev/null)" -- "$current") && return ;;
    --dialect) mapfile -t COMPREPLY < <(compgen -W "embed twice" -- "$current") && return ;;
    --lang) mapfile -t COMPREPLY < <(compgen -W "c json lua python ts" -- "$current") && return ;;
    -i) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    -I) mapfile -t COMPREPLY < <(cd /usr/include 2>/dev/null && compgen -f -X '!*.h' -- "$current"; compgen -f -X '!*.h' -- "$current") && return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(ffi help "$command" 2>/dev/null | grep -o -e '--[a-z-]*' -e '^  -[iI]' | sort -u)" -- "$current")
        return
    fi
    # A library's symbols stand behind its name.
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -i | -I | --cflags | --pkg | --dialect | --abi) ((i++)) ;;
        -*) ;;
        *)
            case $command in
            call | check | get | set | symbols)
                mapfile -t COMPREPLY < <(compgen -W "$(ffi symbols "${COMP_WORDS[i]}" "$current*" 2>/dev/null | sed 's/.* //' | head -n 500)" -- "$current")
                return
                ;;
            esac
            break
            ;;
        esac
    done
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _ffi ffi
