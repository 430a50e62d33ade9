# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced after tap.sh: the compilers of this machine, as judges of what an ABI is.

# Prints a line for each version, "gcc 12 /usr/bin/gcc-12"; nothing for a family that is not installed. Where programs
# need a RUNNER, they are those for its machine, and what is behind the version a command and its options.
compilers() { # gcc or clang
    family=$1 name=$1 options=''
    if [ "${RUNNER:-}" ]; then
        machine=$(${CC:-cc} -dumpmachine)
        case $family in
        gcc) name=$machine-gcc ;;
        clang) options=" --target=$machine" ;;
        esac
        # Without a frame pointer clang 19 ends with an error of its own at frames of many kilobytes.
        case $family$machine in clangriscv64*) options="$options -fno-omit-frame-pointer" ;; esac
    fi
    for folder in $(echo "$PATH" | tr : ' '); do
        for path in "$folder/$name" "$folder/$name"-[0-9] "$folder/$name"-[0-9][0-9]; do
            [ -x "$path" ] && echo "$family $("$path" -dumpversion) $path$options"
        done
    done | sort -u -k 2,2
}

# What compilers get wrong, and so do not judge: the task, the family, its first version that is right, the reason.
wrong() {
    cat <<'END'
apple-variadic-callers clang 16 variadic callers for arm64-apple-macos do not pack the fixed arguments on the stack
windows-variadic-callers clang - clang's variadic callers for Windows on Arm do not divide a value between x7 and the stack
result-qualifiers      clang -  clang keeps qualifiers of results, which C17 6.7.6.3p5 drops
half-eightbytes        clang -  clang passes 4 bytes of a union's eightbyte of reals if a record in it has one float there
float128-structs       clang 19 a struct with a _Float128 is passed in memory
float128-unions        clang -  clang 14 passes a union with a _Float128 in memory, clang 19 drops half of one
complex-integers       clang -  clang for RISC-V passes a complex integer of up to 8 bytes in two registers
overlong-bits          clang -  clang for RISC-V loads a bit-field beside a float by its whole type, beyond the record or over the float
raised-records         clang -  clang for RISC-V does not align a record on the stack as its typedef asks
long-vector-unions     clang -  clang with AVX takes a union of more than 16 bytes for the vector that is a part of it
END
}

# why_wrong FAMILY VERSION TASK: prints the reason why it is no judge of the task; nothing if it is one.
why_wrong() {
    wrong | while read -r task family right reason; do
        [ "$task $family" = "$3 $1" ] || continue
        [ "$right" != - ] && [ "${2%%.*}" -ge "$right" ] || echo "$reason"
    done
}

# doubts FAMILY VERSION TASK...: prints those of the tasks of which it is no judge, on a line.
doubts() {
    doubts_family=$1 doubts_version=$2
    shift 2
    for task in "$@"; do
        [ -z "$(why_wrong "$doubts_family" "$doubts_version" "$task")" ] || printf '%s ' "$task"
    done
}

# judges FAMILY WHAT [TASK]: writes to $work/judges the lines of compilers() that judge this, says which they are, and
# skips the others with the reason.
judges() {
    compilers "$1" >"$work/compilers"
    : >"$work/judges"
    [ -s "$work/compilers" ] || skip "$2: $1" "$1 is not installed"
    while read -r judge_family judge_version judge_command; do
        reason=$(why_wrong "$judge_family" "$judge_version" "${3:-}")
        if [ "$reason" ]; then
            skip "$2: $judge_family $judge_version" "$reason"
        else
            echo "# judged by $judge_family $judge_version: $2"
            echo "$judge_family $judge_version $judge_command" >>"$work/judges"
        fi
    done <"$work/compilers"
}

# The line of compilers() of the newest version.
newest() { # gcc or clang
    compilers "$1" | sort -n -k 2 | tail -n 1
}
