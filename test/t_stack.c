/* SPDX-License-Identifier: MIT */
/*
 * The stack that texts need: at most 64 KiB, however deep they nest. A text is made of a few forms of C, each
 * within the one before it and the first within the last, as often as is accepted, and more; and with an error
 * in their midst. What takes most stack runs again on a thread that has no more.
 */
#include "stack.h"

enum { LEVELS = 300, TEXT_SIZE = 1 << 18 };

/* ---- forms of C ---- */

/* What stands before and behind a hole. 'E' is an integer constant expression of value 1, 'S' a type without a
 * declarator, 'T' a type, 'D' the declarator of a type. A `@` becomes a number, for names. */
static const struct form {
    char        is, hole;
    const char *before, *behind;
} forms[] = {
    {'E', 'E', "(", ")"},
    {'E', 'E', "- -", ""},
    {'E', 'E', "+", ""},
    {'E', 'E', "!!", ""},
    {'E', 'E', "~~", ""},
    {'E', 'E', "1 ? ", " : 0"},
    {'E', 'E', "0 ? 0 : ", ""},
    {'E', 'E', "(", " ? 1 : 0)"},
    {'E', 'E', "(0, ", ")"},
    {'E', 'E', "1 * (", ")"},
    {'E', 'E', "(0 || 1 && 1 | 0 ^ 1 & 1 == 1 < 2 << 0 + 1 * ", ")"},
    {'E', 'E', "(char)", ""},
    {'E', 'E', "__extension__ ", ""},
    {'E', 'E', "1 + 0 * sizeof(", ")"},
    {'E', 'E', "sizeof \"1\"[", "]"},
    {'E', 'E', "sizeof(char[", "])"},
    {'E', 'E', "_Alignof(char[", "])"},
    {'E', 'E', "sizeof(*(char (*)[", "])0)"},
    {'E', 'E', "__builtin_choose_expr(1, ", ", 0)"},
    {'E', 'E', "__builtin_choose_expr(0, 0, ", ")"},
    {'E', 'E', "__builtin_choose_expr(", ", 1, 0)"},
    {'E', 'E', "(1 + __builtin_offsetof(struct { char m[2]; }, m[0 * ", "]))"},
    {'E', 'S', "(1 + __builtin_offsetof(struct { ", " m; }, m))"},
    {'E', 'T', "!__builtin_types_compatible_p(", ", void)"},
    {'E', 'T', "!__builtin_types_compatible_p(void, ", ")"},
    {'E', 'T', "!!sizeof(", ")"},
    {'E', 'T', "!!_Alignof(", ")"},
    {'E', 'T', "1 || (__typeof__(", ") *)0"},
    {'T', 'S', "", ""},
    {'T', 'E', "int[", "]"},
    {'T', 'E', "int (*)[", "]"},
    {'T', 'T', "int (*)(", ")"},
    {'T', 'T', "int (", ")"},
    {'T', 'T', "int (*(*)(", "))(void)"},
    {'T', 'S', "int (*)(int, ", " name[3], ...)"},
    {'T', 'E', "int (*)(int [static ", "])"},
    {'T', 'E', "int (*)(int name[n + ", "])"},
    {'T', 'E', "int * __attribute__((aligned(", "))) *"},
    {'T', 'T', "int (*)(int n, nullable len(n) int (*)(", "))"},
    {'T', 'D', "int ", ""},
    {'D', 'D', "(", ")"},
    {'D', 'D', "*", ""},
    {'D', 'D', "* const ", ""},
    {'D', 'D', "(*", ")[1]"},
    {'D', 'D', "(*", ")(void)"},
    {'D', 'T', "(*)(", ")"},
    {'D', 'E', "(*)[", "]"},
    {'S', 'S', "struct { ", " m; }"},
    {'S', 'S', "struct { int m@; ", "; }"},
    {'S', 'S', "union { ", " m; }"},
    {'S', 'S', "struct { ", " m[1]; }"},
    {'S', 'S', "struct s@ { ", " m; }"},
    {'S', 'S', "struct { ", " (*m)(int); }"},
    {'S', 'S', "struct { int (*m)(", "); }"},
    {'S', 'S', "_Atomic(", ")"},
    {'S', 'E', "enum { N@ = ", " }"},
    {'S', 'E', "enum e@ { N@ = ", " }"},
    {'S', 'E', "enum : __typeof__(", ") { N@ }"},
    {'S', 'E', "struct { int m : ", "; }"},
    {'S', 'E', "struct { int m[", "]; }"},
    {'S', 'E', "struct { int : 3, m : 4 * (", "); }"},
    {'S', 'E', "struct { _Alignas(", ") int m; }"},
    {'S', 'T', "struct { _Alignas(", ") char m; }"},
    {'S', 'E', "struct { int m __attribute__((aligned(4 * (", ")))); }"},
    {'S', 'E', "struct __attribute__((packed, aligned(", "))) { int m; }"},
    {'S', 'E', "struct { _Static_assert(", ", \"\"); int m; }"},
    {'S', 'E', "struct [[gnu::aligned(", ")]] { int m; }"},
    {'S', 'E', "__typeof__(", ")"},
    {'S', 'T', "__typeof__(", ")"},
    {'S', 'E', "__attribute__((vector_size(16 * (", ")))) char"},
};

/* Forms that fit each other: the hole of each takes the next, and that of the last takes the first. */
struct cycle {
    int forms[4];
    int count;
};

enum { FORMS = sizeof forms / sizeof *forms };

static char *put(char *to, const char *text, int number) {
    for (; *text; text++)
        if (*text == '@') to += sprintf(to, "%d", number);
        else *to++ = *text;
    return to;
}

static char *put_nested(char *to, const struct cycle *cycle, int levels, int wrong) {
    char hole = forms[cycle->forms[0]].is;
    for (int i = 0; i < levels; i++) {
        const struct form *form = &forms[cycle->forms[i % cycle->count]];
        to                      = put(to, form->before, i);
        hole                    = form->hole;
    }
    to = put(to, wrong ? "no_such_name" : hole == 'E' ? "1" : hole == 'D' ? "*" : "int", 0);
    for (int i = levels; i-- > 0;) to = put(to, forms[cycle->forms[i % cycle->count]].behind, i);
    return to;
}

/* ---- ways in ---- */

static void handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

static int declare(ffi_context *context, const char *text) {
    return !ffi_declare(context, text);
}

static int read_type(ffi_context *context, const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    char             again[256];
    if (type) ffi_type_format(type, again, sizeof again);
    if (type) ffi_type_format_named(type, "name", again, sizeof again);
    return type != NULL;
}

static int bind(ffi_context *context, const char *text) {
    ffi_library  *program = ffi_library_open(context, NULL, 0);
    ffi_function *function;
    ffi_binding   binding = {"main", text, &function, 0, FFI_ERROR_NONE};
    return !ffi_library_bind(program, &binding, 1);
}

static int make_function(ffi_context *context, const char *text) {
    return ffi_function_new(context, (void *)(uintptr_t)handler, text) != NULL;
}

static int make_callback(ffi_context *context, const char *text) {
    return ffi_callback_new(context, text, handler, NULL) != NULL;
}

static int make_variadic(ffi_context *context, const char *text) {
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)handler, "int(int, ...)");
    return ffi_function_variadic(function, text) != NULL;
}

static int print_plan(ffi_context *context, const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    char             plan[256];
    return type && ffi_plan_format(context, type, plan, sizeof plan) > 0;
}

static const struct way {
    char        takes;
    const char *name, *before, *behind;
    int (*run)(ffi_context *context, const char *text);
} ways[] = {
    {'E', "an enum", "enum { N = ", " };", declare},
    {'E', "a macro", "#define N ", "\nint array[N];", declare},
    {'E', "a constant", "static const int n = ", ";", declare},
    {'E', "an assertion", "_Static_assert(", ", \"\");", declare},
    {'E', "a bit-field", "struct s { int m : ", "; };", declare},
    {'E', "a variable", "int array[", "];", declare},
    {'E', "a parameter", "int f(int array[", "]);", declare},
    {'E', "an old parameter", "int f(a) int a[", "]; { }", declare},
    {'E', "a type", "int[", "]", read_type},
    {'E', "an annotation", "errno_if(", ") int(void)", make_function},
    {'S', "a record", "", "", read_type},
    {'D', "a declarator", "int ", "", read_type},
    {'T', "a type", "", "", read_type},
    {'T', "a prototype", "void f(", ");", declare},
    {'T', "a typedef", "typedef __typeof__(", ") t;", declare},
    {'T', "a binding", "void(", ")", bind},
    {'T', "a function", "void(", ")", make_function},
    {'T', "a callback", "void(", ")", make_callback},
    {'T', "a plan", "void(", ")", print_plan},
    {'T', "further arguments", "int, ", "", make_variadic},
};

enum { WAYS = sizeof ways / sizeof *ways };

/* ---- texts ---- */

static char text[TEXT_SIZE];

struct attempt {
    const struct way *way;
    struct cycle      cycle;
    int               levels;
    bool              wrong; /* the innermost form has an unknown name */
};

static int run_attempt(void *data) {
    const struct attempt *attempt = data;
    ffi_context          *context = ffi_context_new(NULL);
    int                   good    = attempt->way->run(context, text);
    ffi_context_free(context);
    return good;
}

static void write_text(const struct attempt *attempt) {
    char *to                          = put(text, attempt->way->before, 0);
    to                                = put_nested(to, &attempt->cycle, attempt->levels, attempt->wrong);
    *put(to, attempt->way->behind, 0) = 0;
}

struct worst {
    size_t         bytes;
    struct attempt attempt;
};

/* Whether the text is accepted. */
static int try(struct attempt *attempt, int levels, bool wrong, struct worst *worst) {
    struct job job  = {.run = run_attempt, .data = attempt};
    attempt->levels = levels;
    attempt->wrong  = wrong;
    write_text(attempt);
    size_t bytes = stack_of(&job);
    if (bytes > worst->bytes) *worst = (struct worst){bytes, *attempt};
    return job.result;
}

/* How deep the cycle may nest. */
static int deepest(const struct way *way, const struct cycle *cycle, struct worst *worst) {
    struct attempt attempt = {.way = way, .cycle = *cycle};
    int            good = 0, bad = LEVELS;
    while (bad - good > 1) {
        int middle                                            = (good + bad) / 2;
        *(try(&attempt, middle, false, worst) ? &good : &bad) = middle;
    }
    try(&attempt, good, true, worst);
    return good;
}

static void check_worst(struct worst *worst, const char *name) {
    struct job job = {.run = run_attempt, .data = &worst->attempt};
    write_text(&worst->attempt);
    fits_promised(worst->bytes, &job, "%s takes at most 64 KiB of stack", name);
    printf("# %d levels%s of", worst->attempt.levels, worst->attempt.wrong ? ", with an error," : "");
    for (int i = 0; i < worst->attempt.cycle.count; i++) {
        const struct form *form = &forms[worst->attempt.cycle.forms[i]];
        printf(" `%s.%s`", form->before, form->behind);
    }
    puts("");
}

/* ---- each form within itself, and random cycles ---- */

/* C11 5.2.4.1 asks for 63 levels of brackets and structs. A form with ten operators in it may be had seldom. */
static void each_form(void) {
    for (int i = 0; i < FORMS; i++) {
        if (forms[i].is != forms[i].hole || (is_slow() && i % 10)) continue;
        int w = 0;
        while (ways[w].takes != forms[i].is) w++;
        bool         brackets = !strcmp(forms[i].before, "(") || !strcmp(forms[i].behind, " m; }");
        struct worst worst    = {0};
        struct cycle cycle    = {{i}, 1};
        int          most     = deepest(&ways[w], &cycle, &worst);
        char         name[100];
        snprintf(name, sizeof name, "`%s.%s`", forms[i].before, forms[i].behind);
        ok(most >= (brackets ? 63 : 8), "%s may be nested: %d levels", name, most);
        ok(worst.bytes <= PROMISED, "%s takes at most 64 KiB of stack: %zu bytes", name, worst.bytes);
    }
}

static uint64_t seed = 1;

static int below(int end) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)end);
}

/* Whether a form can stand in a hole: a type may lack a declarator. */
static bool fits(const struct form *form, char hole) {
    return form->is == hole;
}

/* Up to four forms; the first fits the hole `is`, and the hole of the last. */
static struct cycle random_cycle(char is) {
    for (;;) {
        struct cycle cycle = {.count = 0};
        char         hole  = is;
        for (int count = 1 + below(4); cycle.count < count;) {
            int i = below(FORMS);
            if (!fits(&forms[i], hole)) continue;
            cycle.forms[cycle.count++] = i;
            hole                       = forms[i].hole;
        }
        if (hole == is) return cycle;
    }
}

static void each_way(void) {
    for (int w = 0; w < WAYS; w++) {
        struct worst worst = {0};
        for (int i = 0; i < fewer(150); i++) {
            struct cycle cycle = random_cycle(ways[w].takes);
            deepest(&ways[w], &cycle, &worst);
        }
        check_worst(&worst, ways[w].name);
    }
}

/* ---- chains ---- */

static const struct chain {
    const char *name, *first, *link, *last; /* of a link, `@` is its number, `^` the next one's */
} chains[] = {
    {"macros", "", "#define M@ (M^ + 1)\n", "#define M2000 1\nint array[M0 == 2001 ? 1 : -1];"},
    {"macros used at once", "#define M2000 1\n", "#define M@ (M^ + 1)\n", "int array[M0 == 2001 ? 1 : -1];"},
    {"macros of each other", "", "#define M@ (M^ + M^)\n", "#define M2000 M0\n"},
    {"enums", "enum { N0 };", "enum { N^ = N@ + 1 };", "int array[N2000 == 2000 ? 1 : -1];"},
    {"typedefs", "typedef int t0;", "typedef t@ t^;", "extern t2000 t;"},
    {"structs by pointers", "", "struct s@ { struct s^ *next; };", ""},
};

static int declare_chain(void *data) {
    ffi_context *context = data;
    return !ffi_declare(context, text);
}

static void each_chain(void) {
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        char *to = text + sprintf(text, "%s", chains[i].first);
        for (int link = 0; link < 2000; link++)
            for (const char *at = chains[i].link; *at; at++)
                if (*at == '@' || *at == '^') to += sprintf(to, "%d", link + (*at == '^'));
                else *to++ = *at;
        sprintf(to, "%s", chains[i].last);
        ffi_context *context = ffi_context_new(NULL);
        struct job   job     = {.run = declare_chain, .data = context};
        size_t       bytes   = stack_of(&job);
        ok(job.result, "a chain of 2,000 %s is declared", chains[i].name);
        fits_promised(bytes, &job, "a chain of %s takes at most 64 KiB of stack", chains[i].name);
        ffi_context_free(context);
    }
}

int main(void) {
    each_form();
    each_way();
    each_chain();
    return done();
}
