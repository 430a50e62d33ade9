/* SPDX-License-Identifier: MIT */
/*
 * Texts that end too early. Valid texts of every form are cut at each of their tokens. What is left has an open
 * bracket, and is an error of syntax; or has none, and then a header must end with a `;` or `}` to be
 * accepted.
 */
#include "helper.h"

#include "forms.h"

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The brackets that `length` characters leave open; -1 within a string. */
static int open_brackets(const char *text, size_t length) {
    int  open   = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if (strchr("([{", text[i])) open++;
        if (strchr(")]}", text[i])) open--;
    }
    return quoted ? -1 : open;
}

static bool read_text(const char *text, bool header) {
    ffi_context *context = ffi_context_new(NULL);
    bool         good    = header ? !ffi_declare(context, text) : ffi_type_parse(context, text) != NULL;
    ffi_context_free(context);
    return good;
}

/* Whether the text is right about its end. A cut annotation is an unknown type, `[[gnu` an unknown attribute.
 */
static bool is_right(const char *text, size_t length, bool header) {
    bool good = read_text(text, header);
    while (length && text[length - 1] == ' ') length--;
    if (open_brackets(text, length) > 0)
        return !good && (ffi_last_error() == FFI_ERROR_SYNTAX || strstr(ffi_last_message(), "unknown type") ||
                         strstr(ffi_last_message(), "attribute 'gnu'"));
    return !good || !header || !length || strchr(";}", text[length - 1]);
}

static int cuts, wrong;

/* Counts the tokens of a valid text, and those where it may not be cut. */
static bool cut(const char *whole, bool header) {
    char text[4096];
    snprintf(text, sizeof text, "%s", whole);
    if (!read_text(text, header)) return false;
    for (size_t length = strlen(text); length--;) {
        bool within  = length && is_word(text[length - 1]) && is_word(text[length]);
        text[length] = 0;
        if (within || open_brackets(text, length) < 0) continue;
        cuts++;
        if (is_right(text, length, header)) continue;
        if (++wrong < 20) printf("# %s| %s\n", text, ffi_last_message());
    }
    return true;
}

int main(void) {
    static const char *const types[] = {
        "int f(void)",
        "int (f)(void)",
        "void (*signal(int number, void (*handler)(int)))(int)",
        "own(free) char *f(out int *p, len(n) const void *data, size_t n, ...)",
        "errno_if(-1) int f(int a[static 2], double (*)[3])",
        "int f(int) __attribute__((sysv_abi)) __asm__(\"name\");",
        "struct { int a, *b; int c : 3, : 0; union { float d; }; }",
        "int (str, ..., double)",
    };
    static const char *const headers[] = {
        "typedef struct tag { int a; struct tag *next; } tag_t, *tag_p;",
        "enum tag { A, B = A + 2, C, };",
        "static const int n = (1 + 2) * 3, m[2] = { 1, 2 };",
        "static inline int f(int a, int b) { return g(a, b[0]) + 1; }",
        "int old(a, b) int a; char *b; { }",
        "_Static_assert(sizeof(int) == 4, \"four\");",
        "extern int f(int) __asm__(\"f\" \"2\"), v __attribute__((aligned(4)));",
        "[[gnu::packed]] struct s { _Alignas(8) char c; } __attribute__((packed, aligned(2)));",
        "__asm__(\"nop\");",
        "static const char a[] = \"abc\", *const b[] = { \"x\", [4] = b[0], }, c[][2] = { { 1 }, [2 ... 3] = { "
        "2 } };",
        "constexpr int n = 3; thread_local char *restrict p; typeof(p = 0, n) i;",
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        ok(cut(types[i], false), "%s is a type", types[i]);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        ok(cut(headers[i], true), "%s is declared", headers[i]);
    ok(!wrong, "a declaration cut at any of %d tokens is an error at its end, or complete", cuts);
    wrong = cuts = 0;
    int valid    = 0;
    for (int i = 0; i < fewer(2000); i++) {
        static const char *const before[] = {"int[", "", "enum { END = ", "extern __typeof__("};
        static const char *const behind[] = {"]", "", " };", ") *v;"};
        int                      way      = i % 4;
        struct cycle             cycle    = random_cycle(way % 2 ? 'T' : 'E');
        char                     text[4096], *to = put(text, before[way], 0);
        to                       = put_nested(to, &cycle, cycle.count * (1 + below(2)), 0);
        *put(to, behind[way], 0) = 0;
        valid += cut(text, way >= 2);
    }
    ok(!wrong && valid > fewer(1000), "each of %d random texts fails with an error, cut at any of %d tokens",
       valid, cuts);
    return done();
}
