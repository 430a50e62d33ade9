# SPDX-License-Identifier: MIT
# Completion of the ffi program for fish. Commands and options come from the program's own help.

function __ffi_commands
    ffi help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
    printf 'help\tprint the help of a command\n'
end

function __ffi_options
    set -l words (commandline -opc)
    ffi help $words[2] 2>/dev/null | string match -ra -- '--[a-z-]+|^  -[iI]' | string trim | sort -u
end

function __ffi_symbols
    set -l words (commandline -opc)
    set -l value 0
    for word in $words[3..]
        if test $value -eq 1
            set value 0
        else if contains -- $word -i -I --cflags --pkg --dialect --abi
            set value 1
        else if not string match -q -- '-*' $word
            ffi symbols $word 2>/dev/null | string replace -r '.* ' ''
            return
        end
    end
end

complete -c ffi -f -n 'test (count (commandline -opc)) -eq 1' -a '(__ffi_commands)'
complete -c ffi -f -n '__fish_seen_subcommand_from help' -a '(__ffi_commands)'
complete -c ffi -n 'string match -q -- "-*" (commandline -ct)' -a '(__ffi_options)'
complete -c ffi -n '__fish_seen_subcommand_from eval layout plan' -l abi -x -a '(ffi plan --abi list 2>/dev/null)'
complete -c ffi -n '__fish_seen_subcommand_from call check eval get layout plan repl set' -l dialect -x -a 'embed twice'
complete -c ffi -n '__fish_seen_subcommand_from bind' -l lang -x -a 'c json lua python ts'
complete -c ffi -n '__fish_seen_subcommand_from call check get set symbols' -a '(__ffi_symbols)'
