# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# To be sourced: what a compiler takes for constants among the macros of a header.

# constants COMMAND FILE.c: prints the facts that read_constants.c wants, of the file's macros without parameters that the
# compiler evaluates as an integer, a real number or a string. Macros that are no expression are found by the errors
# that they make, each on a line of its own. Needs a folder $work.
constants() {
    # shellcheck disable=SC2086 # a command and its options
    $1 -E -dM "$2" | awk '$1 == "#define" && $2 ~ /^[A-Za-z_][A-Za-z_0-9]*$/ && NF > 2 && $2 !~ /^__(FILE|LINE|DATE|TIME|BASE_FILE|COUNTER|INCLUDE_LEVEL|TIMESTAMP)__$|^__DEC[0-9]/ { print $2 }' >"$work/names"
    : >"$work/bad"
    limit=-fmax-errors=0
    # shellcheck disable=SC2086
    ! $1 -ferror-limit=0 -E -xc /dev/null >/dev/null 2>&1 || limit=-ferror-limit=0
    for _ in 1 2 3 4 5 6; do
        write_questions "$2" >"$work/questions.c"
        # shellcheck disable=SC2086
        $1 -w $limit -O0 "$work/questions.c" -o "$work/questions" 2>"$work/answers" && break
        sed -n 's/^m:\([0-9]*\):.*error: .*/\1/p; s/^m:\([0-9]*\):.*note: in expansion.*/\1/p' "$work/answers" | sort -un >"$work/more"
        [ -s "$work/more" ] || { cat "$work/answers" >&2; return 1; }
        cat "$work/more" >>"$work/bad"
    done
    "$work/questions"
}

# A program that prints the facts; each name that is not bad is asked for on its own numbered line.
write_questions() {
    cat "$1"
    cat <<'END'
extern int printf(const char *, ...);
#define IS_INT_(x) (__builtin_constant_p(x) && __builtin_classify_type(x) >= 1 && __builtin_classify_type(x) <= 4)
#define IS_REAL_(x) (__builtin_constant_p(x) && __builtin_classify_type(x) == 8)
#define IS_TEXT_(x) __builtin_types_compatible_p(__typeof__(x), char[sizeof(x)])
#define INT_(x) __builtin_choose_expr(IS_INT_(x), (x), 0)
#define SHOW_(name, x) show_(name, IS_INT_(x), IS_REAL_(x), IS_TEXT_(x), sizeof(x), \
    (unsigned long long)INT_(x), (__typeof__(INT_(x)))-1 < 1, (long double)__builtin_choose_expr(IS_REAL_(x), (x), 0.0L), \
    __builtin_choose_expr(IS_TEXT_(x), (x), ""))
static void show_(const char *name, int is_int, int is_real, int is_text, unsigned long size,
                  unsigned long long value, int is_signed, long double real, const char *text) {
    if (is_text) {
        (printf)("%s s ", name);
        for (unsigned long i = 0; i < size; i++) (printf)("%02x", (unsigned char)text[i]);
        (printf)("\n");
    } else if (is_int && size <= 8) {
        (printf)("%s i %lu %d %llu\n", name, size, is_signed, value);
    } else if (is_real) {
        (printf)("%s r %lu %La\n", name, size, real);
    }
}
END
    awk 'FILENAME == ARGV[1] { bad[$1]; next } !(FNR in bad) { printf "#line %d \"m\"\nstatic void f%d_(void) { SHOW_(\"%s\", %s); }\n", FNR, FNR, $1, $1; good[++n] = FNR }
         END { print "int main(void) {"; for (i = 1; i <= n; i++) printf "f%d_();\n", good[i]; print "return 0; }" }' "$work/bad" "$work/names"
}
