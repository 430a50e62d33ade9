/* SPDX-License-Identifier: MIT */
/* What layers above ask of types and contexts: assignment, paths to members, the arguments of formats, attachments, errors. */
#include "helper.h"

static ffi_context *context;

static const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("Bail out! %s: %s\n", text, ffi_last_message()), exit(1);
    return type;
}

/* ---- equality, assignment ---- */

static void assignment(void) {
    static const struct {
        const char *to, *from;
        bool        can;
    } rows[] = {{"const char *", "char *", true},
                {"char *", "const char *", false},
                {"void *", "int *", true},
                {"int *", "void *", true},
                {"void *", "const int *", false},
                {"const void *", "const int *", true},
                {"short *", "unsigned short *", false},
                {"int", "double", true},
                {"_Bool", "char *", true},
                {"int", "char *", false},
                {"int *", "int", false},
                {"char **", "char **", true},
                {"const char **", "char **", false},
                {"struct spot", "struct spot", true},
                {"struct spot", "struct other", false},
                {"struct spot *", "struct other *", false},
                {"const struct spot *", "struct spot *", true},
                {"struct later *", "struct later *", true},
                {"int *", "int[4]", true},
                {"int (*)(int)", "int(int)", true},
                {"int (*)(int)", "int(long long)", false},
                {"void *", "int (*)(int)", false},
                {"int", "const int", true},
                {"double _Complex", "int", true},
                {"int[4]", "int[4]", false},
                {"__int128", "int", true},
                {"long double", "float", true}};
    ok(!ffi_declare(context, "struct spot { int x; }; struct other { int x; };"), "records");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ok(ffi_type_assignable(parse(rows[i].to), parse(rows[i].from)) == rows[i].can, "%s = %s: %s",
           rows[i].to, rows[i].from, rows[i].can ? "yes" : "no");
    ok(!ffi_type_assignable(NULL, parse("int")) && !ffi_type_assignable(parse("int"), NULL), "NULL: no");
    /* C11 6.2.5p15: three types, whatever the sign of `char` by the ABI. */
    static const char *const bytes[] = {"char", "signed char", "unsigned char"};
    for (size_t i = 0; ffi_abi_name(i); i++) {
        ffi_context     *other = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(i)});
        const ffi_ctype *to[3], *deep[3];
        bool             good = true;
        for (size_t k = 0; k < 3; k++) {
            to[k]   = ffi_type_pointer_to(other, ffi_type_parse(other, bytes[k]));
            deep[k] = ffi_type_pointer_to(other, to[k]);
        }
        for (size_t k = 0; k < 9; k++)
            good &= ffi_type_assignable(to[k / 3], to[k % 3]) == (k / 3 == k % 3) &&
                    ffi_type_assignable(deep[k / 3], deep[k % 3]) == (k / 3 == k % 3);
        ok(good, "pointers to the three types of characters are not assigned to each other under %s",
           ffi_abi_name(i));
        ffi_context_free(other);
    }

    ok(ffi_type_equal_unqualified(parse("const char *const"), parse("char *")), "equal without qualifiers");
    ok(!ffi_type_equal_unqualified(parse("const char *"), parse("const signed char **")), "but not otherwise");
    ok(ffi_type_equal_unqualified(parse("int(const char *)"), parse("int(char *)")), "within signatures");
    ok(!ffi_type_equal(parse("const char *"), parse("char *")), "ffi_type_equal looks at them");
    ok(ffi_type_unqualified(context, parse("const volatile int")) == parse("int"), "without its qualifiers");
    ok(ffi_type_unqualified(context, parse("const struct spot")) == parse("struct spot"), "a record's");
    fails(ffi_type_unqualified(context, NULL), FFI_ERROR_ARGUMENT, "type is NULL");
    fails(ffi_type_unqualified(NULL, parse("int")), FFI_ERROR_ARGUMENT, "context is NULL");
}

/* ---- paths ---- */

static void paths(void) {
    static const struct {
        const char *path, *type;
        size_t      offset;
    } good[] = {{"a", "int", 0},           {"in.b[1].c", "short", 8}, {"in.b[2].d", "char", 14},
                {"deep", "double", 24},    {"[0]", NULL, 0},          {"grid[1][2]", "int", 52},
                {"grid[1]", "int[3]", 44}, {"open[9]", "int", 92},    {"in.b", "struct small[3]", 4}};
    ok(!ffi_declare(
           context,
           "struct small { short c, x; };"
           "struct whole { int a; struct { struct { short c; char d; } b[3]; } in; struct { union { double "
           "deep; long long also; }; }; int grid[2][3]; int open[]; };"
           "struct bits { int before; unsigned a : 3, b : 7; struct { unsigned c : 2; }; };"),
       "records");
    ffi_field        field;
    const ffi_ctype *whole = parse("struct whole");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool found = ffi_type_path(whole, good[i].path, &field);
        if (!good[i].type || !strcmp(good[i].path, "in.b")) continue;
        size_t    base = 0;
        ffi_field part;
        if (!strncmp(good[i].path, "grid", 4))
            ffi_type_field_named(whole, "grid", &part), base = part.offset - 32;
        if (!strncmp(good[i].path, "open", 4))
            ffi_type_field_named(whole, "open", &part), base = part.offset - 56;
        if (!strcmp(good[i].path, "deep")) ffi_type_field_named(whole, "deep", &part), base = part.offset - 24;
        ok(found && ffi_type_equal(field.type, parse(good[i].type)) && field.offset == good[i].offset + base,
           "the path %s, at %zu", good[i].path, found ? field.offset : 0);
    }
    ok(ffi_type_path(whole, "", &field) && field.type == whole && !field.offset, "the empty path is the whole");
    ok(ffi_type_path(parse("struct bits"), "b", &field) && field.is_bits && field.bit_offset == 3 &&
           field.bit_width == 7 && field.offset == 4,
       "a bit-field");
    ok(ffi_type_path(parse("struct bits"), "c", &field) && field.is_bits && field.offset == 8,
       "an unnamed one's");
    ok(ffi_type_path(parse("struct bits[4]"), "[2].b", &field) && field.is_bits && field.offset == 28,
       "in an array");
    ok(ffi_type_path(parse("double _Complex"), "[1]", &field) && field.offset == 8, "an imaginary part");
    ok(ffi_type_path(parse("int __attribute__((vector_size(16)))"), "[3]", &field) && field.offset == 12,
       "a lane");

    fails(ffi_type_path(whole, "in.b[3].c", &field), FFI_ERROR_RANGE,
          "'in.b[3].c': '[3]' is beyond the end of");
    fails(ffi_type_path(whole, "in.e", &field), FFI_ERROR_ARGUMENT, "'e' is no member of");
    fails(ffi_type_path(whole, "a.x", &field), FFI_ERROR_ARGUMENT, "'x' is no member of int");
    fails(ffi_type_path(whole, "a[0]", &field), FFI_ERROR_TYPE, "'[0]' is no element of int");
    fails(ffi_type_path(whole, "in.b[", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in.b[-1]", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in.b[1", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in..b", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, "in.", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, ".in", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, "in b", &field), FFI_ERROR_SYNTAX, "should be '.' or '['");
    fails(ffi_type_path(whole, "open[99999999999999999999]", &field), FFI_ERROR_RANGE, "too far");
    fails(ffi_type_path(parse("struct bits"), "a.b", &field), FFI_ERROR_TYPE, "within a bit-field");
    fails(ffi_type_path(parse("struct nowhere *"), "x", &field), FFI_ERROR_ARGUMENT,
          "no member of struct nowhere *");
    fails(ffi_type_path(NULL, "x", &field), FFI_ERROR_ARGUMENT, "type is NULL");
    fails(ffi_type_path(whole, NULL, &field), FFI_ERROR_ARGUMENT, "path is NULL");
    fails(ffi_type_path(whole, "a", NULL), FFI_ERROR_ARGUMENT, "field is NULL");
}

/* ---- formats ---- */

static void formats(void) {
    static const struct {
        bool        scan;
        const char *format, *types;
    } rows[] = {
        {0, "%s %d", "const char *, int"},
        {0, "no %% conversion", ""},
        {0, "", ""},
        {0, "%5.2f|%-+ #0*.*lf", "double, int, int, double"},
        {0, "%ld %lld %hd %hhd %zd %jd %td", "long, long long, int, int, ssize_t, intmax_t, ptrdiff_t"},
        {0, "%lu %llx %ho %hhX %zu %ju",
         "unsigned long, unsigned long long, unsigned int, unsigned int, size_t, uintmax_t"},
        {0, "%c %lc %ls %p %n %Lf", "int, wint_t, const wchar_t *, void *, int *, long double"},
        {0, "%hhn%ln", "signed char *, long *"},
        {0, "%2$s %1$*3$d", "int, const char *, int"},
        {0, "%1$s %1$s", "const char *"},
        {0, "%I64d %I64u %Id", "long long, unsigned long long, int"},
        {0, "%w8d %w16u %w32x %w64b %B", "int, unsigned int, unsigned int, unsigned long long, unsigned int"},
        {0, "%m %C%S", "wint_t, const wchar_t *"},
        {1, "%d %ld %hhd %s %c", "int *, long *, signed char *, char *, char *"},
        {1, "%f %lf %Lf %p", "float *, double *, long double *, void **"},
        {1, "%*d %3s %*s%n", "char *, int *"},
        {1, "%[^]x] %[]a]%ls", "char *, char *, wchar_t *"},
        {1, "%ms %mls %zu", "char **, wchar_t **, size_t *"},
        {1, "%2$d %1$s", "char *, int *"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char   text[200] = "?";
        size_t length =
            (rows[i].scan ? ffi_types_of_scan_format : ffi_types_of_format)(rows[i].format, text, sizeof text);
        ok(length == strlen(rows[i].types) && !strcmp(text, rows[i].types), "%s: %s",
           rows[i].scan ? "scanf" : "printf", rows[i].types);
        if (strcmp(text, rows[i].types)) note("got", text);
    }
    char text[8] = "?", *none = NULL;
    ok(ffi_types_of_format("%s %d", text, sizeof text) == 17 && !strcmp(text, "const c"),
       "ffi_types_of_format cuts as snprintf does");
    ok(ffi_types_of_format("%s %d", none, 0) == 17, "ffi_types_of_format counts without a buffer");
    static const struct {
        bool        scan;
        const char *format, *part;
    } bad[] = {{0, "a %y", "column 3 of the format \"a %y\": there is no such conversion"},
               {0, "%", "ends within"},
               {0, "%5", "ends within"},
               {0, "%Ld", "no such conversion"},
               {0, "%hf", "no such conversion"},
               {0, "%[a]", "no such conversion"},
               {0, "%1$d %d", "mixed"},
               {0, "%2$d", "argument 1 of 2 is never asked for"},
               {0, "%1$d %1$s", "as another type"},
               {0, "%99$d", "more than 64"},
               {0, "%0$d", "more than 64"},
               {1, "%[abc", "column 1 of the format \"%[abc\": this '%[' has no ']'"},
               {1, "%md", "no such conversion"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char same[4] = "?";
        bool zero    = !(bad[i].scan ? ffi_types_of_scan_format : ffi_types_of_format)(bad[i].format, same, 4);
        ok(zero && !strcmp(same, "?") && strstr(ffi_last_message(), bad[i].part) &&
               ffi_last_error() == FFI_ERROR_SYNTAX,
           "refused: %s", bad[i].part);
    }
    char many[200] = "";
    for (int i = 0; i < 65; i++) strcat(many, "%d");
    fails(ffi_types_of_format(many, NULL, 0), FFI_ERROR_SYNTAX, "column 129");
    fails(ffi_types_of_format(NULL, NULL, 0), FFI_ERROR_ARGUMENT, "format is NULL");
    fails(ffi_types_of_scan_format(NULL, NULL, 0), FFI_ERROR_ARGUMENT, "format is NULL");
}

/* ---- memory and errors for layers above ---- */

static int  ended;
static char first_key, second_key, third_key;

static void end_value(ffi_context *own, void *value) {
    static int three = 3;
    ended            = ended * 10 + *(int *)value;
    if (value != &three) ffi_context_attach(own, &third_key, &three, end_value);
}

static void attachments(void) {
    static int   one = 1, two = 2, three = 3;
    ffi_context *own = ffi_context_new(NULL);
    ok(!ffi_context_attached(own, &first_key), "a new context has nothing attached");
    ok(ffi_context_attach(own, &first_key, &one, end_value) == &one, "ffi_context_attach attaches a value");
    ok(ffi_context_attach(own, &second_key, &two, end_value) == &two, "a second key has a value of its own");
    ok(ffi_context_attach(own, &first_key, &three, end_value) == &one, "the first of a key stays");
    ok(ffi_context_attached(own, &second_key) == &two && ffi_context_attached(own, &first_key) == &one,
       "found");
    ffi_context_free(own);
    ok(ended == 2313, "the context's end calls the ends, the latest first, and those that ends attach");
    fails(ffi_context_attach(NULL, &first_key, &one, end_value), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(ffi_context_attach(context, NULL, &one, end_value), FFI_ERROR_ARGUMENT, "key is NULL");
    fails(ffi_context_attach(context, &first_key, NULL, end_value), FFI_ERROR_ARGUMENT, "value is NULL");
    fails(ffi_context_attach(context, &first_key, &one, NULL), FFI_ERROR_ARGUMENT, "end is NULL");
    ok(!ffi_context_attached(NULL, &first_key), "nothing is attached to NULL");
}

static void services(void) {
    ok(ffi_fail(FFI_ERROR_RANGE, "%s is %d", "x", 3) == FFI_ERROR_RANGE && ffi_last_error() == FFI_ERROR_RANGE,
       "ffi_fail sets the error of a layer above");
    is_text(ffi_last_message(), "x is 3", "its message");
    ffi_fail(FFI_ERROR_RANGE, "f: %s", ffi_last_message());
    is_text(ffi_last_message(), "f: x is 3", "a message that quotes the last one");
    ok(ffi_fail(FFI_ERROR_RANGE, NULL) == FFI_ERROR_ARGUMENT,
       "ffi_fail without a format is FFI_ERROR_ARGUMENT");
    char *memory = ffi_context_memory(context, NULL, 0, 10);
    ok(memory != NULL, "ffi_context_memory gives memory of the context");
    strcpy(memory, "123456789");
    memory = ffi_context_memory(context, memory, 10, 1000);
    is_text(memory, "123456789", "grows");
    ok(!ffi_context_memory(context, memory, 1000, 0), "is given back");
    ok(!ffi_context_memory(context, NULL, 0, 0), "nothing is nothing");
    fails(ffi_context_memory(NULL, NULL, 0, 1), FFI_ERROR_ARGUMENT, "context is NULL");
}

int main(void) {
    context = ffi_context_new(NULL);
    assignment();
    paths();
    formats();
    services();
    attachments();
    ffi_context_free(context);
    return done();
}
