#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Completion in bash, zsh and fish, each asked without a terminal for what it would offer: commands, options, their values
# and the symbols of a library.

. "$(dirname "$0")/../lib/tap.sh"
cd "$root" || exit 1
[ -z "${RUNNER:-}" ] || skip_all 'the shells run the program themselves'
PATH=$(cd "$BUILD" && pwd):$PATH
folder=$root/tools/ffi/completion

cat >"$work/ask.bash" <<'END'
. "$1" && shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _ffi && printf '%s\n' "${COMPREPLY[@]}"
END

# A shell of its own on a pseudo-terminal, which lists what <Tab> offers between two marks. The terminal may echo the lines
# below: no mark is whole in them.
cat >"$work/ask.zsh" <<'END'
zmodload zsh/zpty || exit 77
folder=$1 line=$2
zpty shell TERM=dumb zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; stty -echo; fpath=($folder \$fpath); autoload -Uz compinit && compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=100000"
zpty -w shell 'bindkey "^I" list-them; zle -C list-them list-choices list_them; list_them() { _main_complete; compstate[insert]=; compstate[list]=; }'
zpty -w shell 'compadd() { builtin compadd -A found "$@"; local -a old; old=($offered); builtin compadd -O found "$@"; offered+=($found); builtin compadd "$@"; }'
zpty -w shell 'typeset -ga offered; report() { print -r -- "BEG""IN"; print -rl -- ${offered%%:*}; print -r -- "E""ND"; offered=(); zle send-break; }; zle -N report; bindkey "^X" report'
zpty -w shell 'print REA""DY; '
zpty -r -m shell dummy '*READY*' || exit 1
zpty -n -w shell "$line"$'\t'
zpty -n -w shell $'\x18'
zpty -r -m shell seen $'*BEGIN*END*' || exit 1
print -r -- "${${seen#*BEGIN}%END*}"
END

cat >"$work/ask.fish" <<'END'
source $argv[1]
complete -C $argv[2] | string replace -r '\t.*' ''
END

offers() { # SHELL LINE: the words that it offers, in order
    case $1 in
    bash) # shellcheck disable=SC2086 # words of the line
        case $2 in
        *' ') bash "$work/ask.bash" "$folder/ffi.bash" $2 '' ;;
        *) bash "$work/ask.bash" "$folder/ffi.bash" $2 ;;
        esac ;;
    zsh) zsh -f "$work/ask.zsh" "$folder" "$2" ;;
    fish) HOME=$work XDG_CONFIG_HOME=$work fish --no-config "$work/ask.fish" "$folder/ffi.fish" "$2" ;;
    esac 2>"$work/said" | tr -d '\r' | sed '/^$/d' | sort -u | tr '\n' ' '
}

for shell in bash zsh fish; do
    if ! command -v $shell >/dev/null; then
        skip "$shell completes" "$shell is not installed"
        continue
    fi
    check_text "$shell completes a command" "$(offers $shell 'ffi sy')" "symbols "
    check_text "$shell offers every command" "$(offers $shell 'ffi ')" "bind call check eval get help layout plan repl set symbols "
    check_text "$shell completes the command of help" "$(offers $shell 'ffi help ev')" "eval "
    check_text "$shell completes an option" "$(offers $shell 'ffi symbols --n')" "--needed "
    check_text "$shell completes the options of one command" "$(offers $shell 'ffi layout --')" "--abi --cflags --dialect --json --pkg --skipped --svg "
    check_text "$shell completes an ABI" "$(offers $shell 'ffi plan --abi vec')" "vectorcall "
    check_text "$shell completes a language" "$(offers $shell 'ffi bind --lang p')" "python "
    check_text "$shell completes a symbol of a library" "$(offers $shell 'ffi call c strverscm')" "strverscmp "
    check_text "$shell completes a symbol behind options" "$(offers $shell 'ffi call --json c strverscm')" "strverscmp "
    check_text "$shell completes the files of a second operand" "$(offers $shell 'ffi bind a.h LICEN')" "LICENSE "
done
finish
