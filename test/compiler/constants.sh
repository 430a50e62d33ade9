# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced: what a compiler takes for constants among the macros of a header.

# constants COMMAND FILE.c: prints the facts that read_constants.c wants, of the file's macros without parameters that the
# compiler evaluates as an integer, a real number or a string. Macros that are no expression are found by the errors
# that they make, each on a line of its own. A macro whose text is made of literals alone has one value wherever it stands: it is
# not asked for again if the file $literals has the same definition, and is added there; with /dev/null each is asked for.
# Needs a folder $work; $asks, if set, runs a program of Windows.
# Functions that a header defines may need a library, which is not linked.
loosely='-no-pie -Wl,--unresolved-symbols=ignore-all'
constants() {
    # shellcheck disable=SC2086 # a command and its options
    $1 -E -dM "$2" | awk -v literals="$literals" '
        function is_literal(text) {
            sub(/^#define [^ ]+/, "", text)
            gsub(/"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|[0-9]([eEpP][-+]|[0-9A-Za-z_.])*/, "", text)
            return text !~ /[A-Za-z_]/
        }
        BEGIN { while ((getline line <literals) > 0) asked[line]; close(literals) }
        $1 == "#define" && $2 ~ /^[A-Za-z_][A-Za-z_0-9]*$/ && NF > 2 && !/__(FILE|LINE|func|FUNCTION|PRETTY_FUNCTION|COUNTER)__/ && $2 !~ /^__(FILE|LINE|DATE|TIME|BASE_FILE|COUNTER|INCLUDE_LEVEL|TIMESTAMP)__$|^__DEC[0-9]/ && !($0 in asked) {
            print $2
            if (is_literal($0)) print >>literals
        }' >"$work/names"
    : >"$work/bad"
    rm -f "$work/questions"
    limit=-fmax-errors=0 program=$work/questions${asks:+.exe}
    # shellcheck disable=SC2086
    ! $1 -ferror-limit=0 -E -xc /dev/null >/dev/null 2>&1 || limit=-ferror-limit=0
    for _ in 1 2 3 4 5 6 7 8 9; do
        write_questions "$2" >"$work/questions.c"
        # shellcheck disable=SC2086
        $1 -w $limit -O0 "$work/questions.c" $loosely -o "$program" 2>"$work/answers" && break
        sed -n 's/^m:\([0-9]*\):.*error: .*/\1/p; s/^m:\([0-9]*\):.*note: in expansion.*/\1/p' "$work/answers" | sort -un >"$work/more"
        [ -s "$work/more" ] || { cat "$work/answers" >&2; return 1; }
        cat "$work/more" >>"$work/bad"
    done
    ${asks:-} "$program"
}

# A program that prints the facts; each name that is not bad is asked for on its own numbered line.
write_questions() {
    cat "$1"
    cat <<'END'
extern int printf(const char *, ...);
struct fact_ { const char *name; int is_int, is_real, is_text; unsigned long size; unsigned long long value; int is_signed;
               long double real; const char *text; };
#define IF_ __builtin_choose_expr
END
    # What it is comes first, so that its text is read seldom.
    awk 'FILENAME == ARGV[1] { bad[$1]; next }
         !(FNR in bad) {
             n = FNR; it = $1; line = "#line " n " \"m\"\n"; good[++count] = n
             print line "static const struct fact_ *f" n "_(void) { enum { k_ = __builtin_constant_p(" it ") ? __builtin_classify_type(" it ") : 0, i_ = k_ >= 1 && k_ <= 4,"
             print line "t_ = __builtin_types_compatible_p(__typeof__(" it "), char[sizeof(" it ")]) };"
             print line "static const struct fact_ it_ = { \"" it "\", i_, k_ == 8, t_, sizeof(" it "), (unsigned long long)IF_(i_, (" it "), 0),"
             print line "(__typeof__(IF_(i_, (" it "), 0)))-1 < 1, IF_(k_ == 8, (" it "), 0.0L), IF_(t_, (" it "), \"\") }; return &it_; }"
         }
         END { print "static const struct fact_ *(*const facts_[])(void) = {"; for (i = 1; i <= count; i++) print "f" good[i] "_,"; print "0 };" }' "$work/bad" "$work/names"
    cat <<'END'
int main(void) {
    for (int n = 0; facts_[n]; n++) {
        const struct fact_ *it = facts_[n]();
        (printf)(it->is_text ? "%s s " : "", it->name);
        for (unsigned long i = 0; it->is_text && i < it->size; i++) (printf)("%02x", (unsigned char)it->text[i]);
        if (it->is_text) (printf)("\n");
        else if (it->is_int && it->size <= 8) (printf)("%s i %lu %d %llu\n", it->name, it->size, it->is_signed, it->value);
        else if (it->is_real) (printf)("%s r %lu %La\n", it->name, it->size, it->real);
    }
    return 0;
}
END
}
