/* SPDX-License-Identifier: MIT */
/*
 * The stack that texts need: at most 64 KiB, however deep they nest. A text is made of a few forms of C, each
 * within the one before it and the first within the last, as often as is accepted, and more; and with an error
 * in their midst. What takes most stack runs again on a thread that has no more.
 */
#include "stack.h"

#include "forms.h"

enum { LEVELS = 300, TEXT_SIZE = 1 << 18 };

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
