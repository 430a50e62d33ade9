/* SPDX-License-Identifier: MIT */
/*
 * The interpreter: it reads the text and does what it says in one go; a body that is run again is read again.
 *
 *     include "math.h"                          import sqrt from "m"
 *     declare "int twice(int x);"               let x = sqrt(2) + 1
 *     fn add(a, b) { return a + b }             let f = fn(a) { return add(a, x) }
 *     if x < 2 { ... } else { ... }             while x < 10 { x = x + 1 }
 *     let t = new "struct tm"                   t.tm_year = 100
 *     at(pointer, "int")                        print x, "text", [1, 2]
 */
#include "calc.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

struct variable {
    const char      *name;
    struct value     value;
    struct variable *next;
};

void fail(struct calc *calc, const char *format, ...) {
    va_list list;
    fflush(stdout);
    fprintf(stderr, "%s:%d: ", calc->name, calc->line);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    longjmp(calc->failed, 1);
}

void *allocate(struct calc *calc, size_t size) {
    void *memory = ffi_arena_allocate(calc->arena, size, 64);
    if (!memory) fail(calc, "%s", ffi_last_message());
    return memset(memory, 0, size);
}

struct value list_of(struct calc *calc, size_t count) {
    struct list *list = allocate(calc, sizeof *list + count * sizeof *list->items);
    list->count       = count;
    return (struct value){.kind = LIST, .as.list = list};
}

/* ---- words ---- */

static char next(struct calc *calc) {
    for (;; calc->at++) {
        if (*calc->at == '#') calc->at += strcspn(calc->at, "\n");
        if (*calc->at == '\n') calc->line++;
        if (!isspace((unsigned char)*calc->at)) return *calc->at;
    }
}

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Reads this word or mark if it comes next; false otherwise. */
static bool accept(struct calc *calc, const char *word) {
    size_t length = strlen(word);
    next(calc);
    if (strncmp(calc->at, word, length) || (is_letter(*word) && is_letter(calc->at[length]))) return false;
    calc->at += length;
    return true;
}

/* The same for a mark on the same line. */
static bool accept_here(struct calc *calc, char mark) {
    while (*calc->at == ' ') calc->at++;
    if (*calc->at != mark) return false;
    calc->at++;
    return true;
}

static void expect(struct calc *calc, const char *word) {
    if (!accept(calc, word)) fail(calc, "expected '%s' before '%.10s'", word, calc->at);
}

static const char *copy(struct calc *calc, const char *from, size_t length) {
    return memcpy(allocate(calc, length + 1), from, length);
}

static const char *name(struct calc *calc) {
    size_t length = 0;
    for (next(calc); is_letter(calc->at[length]);) length++;
    if (!length || isdigit((unsigned char)*calc->at)) fail(calc, "expected a name before '%.10s'", calc->at);
    calc->at += length;
    return copy(calc, calc->at - length, length);
}

static const char *string(struct calc *calc) {
    if (next(calc) != '"') fail(calc, "expected a text before '%.10s'", calc->at);
    size_t length = strcspn(calc->at + 1, "\"");
    if (!calc->at[1 + length]) fail(calc, "a text without its end");
    calc->at += length + 2;
    return copy(calc, calc->at - length - 1, length);
}

/* ---- variables ---- */

static struct variable *find(struct calc *calc, const char *wanted) {
    for (struct scope *scope = calc->scope; scope; scope = scope->outer)
        for (struct variable *variable = scope->variables; variable; variable = variable->next)
            if (!strcmp(variable->name, wanted)) return variable;
    fail(calc, "nothing is named '%s'", wanted);
}

static struct variable *define(struct calc *calc, const char *own, struct value value) {
    struct variable *variable     = allocate(calc, sizeof *variable);
    *variable                     = (struct variable){own, value, calc->scope->variables};
    return calc->scope->variables = variable;
}

static void enter(struct calc *calc, struct scope *outer) {
    calc->scope        = allocate(calc, sizeof *calc->scope);
    calc->scope->outer = outer;
}

/* ---- expressions ---- */

static struct value expression(struct calc *calc);
static void         block(struct calc *calc, bool runs);

static struct value number(double value) {
    return (struct value){.kind = NUMBER, .as.number = value};
}

static double number_of(struct calc *calc, struct value value) {
    if (value.kind != NUMBER && !calc->skips) fail(calc, "expected a number");
    return value.as.number;
}

static struct value closure(struct calc *calc) {
    struct closure *made = allocate(calc, sizeof *made);
    *made                = (struct closure){calc, calc->at, calc->line, calc->scope};
    for (expect(calc, "("); !accept(calc, ")"); accept(calc, ",")) name(calc);
    block(calc, false);
    return (struct value){.kind = CLOSURE, .as.closure = made};
}

struct value call_closure(struct calc *calc, struct closure *called, const struct list *args) {
    const char   *at    = calc->at;
    int           line  = calc->line;
    size_t        taken = 0;
    struct scope *scope = calc->scope;
    if (calc->depth++ == 200) fail(calc, "calls are nested more than 200 deep");
    enter(calc, called->scope);
    calc->at = called->at, calc->line = called->line, calc->returned.kind = NIL;
    for (expect(calc, "("); !accept(calc, ")"); accept(calc, ","), taken++) {
        const char *parameter = name(calc);
        if (taken < args->count) define(calc, parameter, args->items[taken]);
    }
    if (taken != args->count) fail(calc, "the function takes %zu arguments, got %zu", taken, args->count);
    block(calc, true);
    calc->at = at, calc->line = line, calc->scope = scope, calc->returns = false;
    calc->depth--;
    return calc->returned;
}

static struct value list(struct calc *calc, const char *end) {
    struct value made  = list_of(calc, 64);
    size_t       count = 0;
    for (; !accept(calc, end); accept(calc, ",")) {
        if (count == 64) fail(calc, "more than 64 values");
        made.as.list->items[count++] = expression(calc);
    }
    made.as.list->count = count;
    return made;
}

/* Reads or stores a part of a record by its path, or of a list by its index ("[3]"). */
static struct value part(struct calc *calc, struct value whole, const char *path, const struct value *stored) {
    if (calc->skips) return whole;
    if (whole.kind == RECORD) return bridge_part(calc, whole.as.memory, path, stored);
    if (whole.kind != LIST || *path != '[') fail(calc, "only a record or a list has parts");
    size_t index = strtoul(path + 1, NULL, 10);
    if (index >= whole.as.list->count)
        fail(calc, "%s is beyond the end of a list of %zu", path, whole.as.list->count);
    if (stored) whole.as.list->items[index] = *stored;
    return whole.as.list->items[index];
}

static struct value primary(struct calc *calc) {
    const char  *word;
    struct value value;
    if (isdigit((unsigned char)next(calc))) {
        char *end;
        value    = number(strtod(calc->at, &end));
        calc->at = end;
    } else if (*calc->at == '"') value = (struct value){.kind = TEXT, .as.text = string(calc)};
    else if (accept(calc, "-")) value = number(-number_of(calc, primary(calc)));
    else if (accept(calc, "[")) value = list(calc, "]");
    else if (accept(calc, "fn")) value = closure(calc);
    else if (accept(calc, "nil")) value.kind = NIL;
    else if (accept(calc, "new"))
        word = string(calc), value = calc->skips ? number(0) : bridge_record(calc, word, NULL);
    else if (accept(calc, "(")) value = expression(calc), expect(calc, ")");
    else if (accept(calc, "at")) {
        expect(calc, "(");
        value = expression(calc), expect(calc, ","), word = string(calc), expect(calc, ")");
        if (value.kind != POINTER && !calc->skips) fail(calc, "expected a pointer");
        if (!calc->skips) value = bridge_record(calc, word, value.as.memory.at);
        value = part(calc, value, "", NULL);
    } else word = name(calc), value = calc->skips ? number(0) : find(calc, word)->value;
    return value;
}

static struct value call(struct calc *calc, struct value called) {
    struct list *args = list(calc, ")").as.list;
    if (calc->skips) return called;
    if (called.kind == CLOSURE) return call_closure(calc, called.as.closure, args);
    if (called.kind != NATIVE) fail(calc, "only a function can be called");
    return bridge_call(calc, called.as.native, args);
}

/* `assign`: a `=` after a variable or a part assigns to it. */
static struct value postfix(struct calc *calc, bool assign) {
    const char  *begin = (next(calc), calc->at), *end;
    struct value value = primary(calc), stored;
    for (;;) {
        char path[64] = "";
        if (accept_here(calc, '(')) {
            value = call(calc, value);
            continue;
        }
        if (accept_here(calc, '['))
            snprintf(path, sizeof path, "[%.0f]", number_of(calc, expression(calc))), expect(calc, "]");
        else if (accept_here(calc, '.')) snprintf(path, sizeof path, "%s", name(calc));
        bool stores = assign && accept_here(calc, '=');
        if (stores) stored = expression(calc);
        if (*path) value = part(calc, value, path, stores ? &stored : NULL);
        if (stores && !*path) {
            end = calc->at, calc->at = begin;
            struct variable *variable = calc->skips ? NULL : find(calc, name(calc));
            if (variable) variable->value = stored;
            calc->at = end;
        }
        if (stores || !*path) return value;
    }
}

static double operate(char mark, double a, double b) {
    if (mark == '<' || mark == '>') return mark == '<' ? a < b : a > b;
    if (mark == '+' || mark == '-') return mark == '+' ? a + b : a - b;
    return mark == '*' ? a * b : mark == '/' ? a / b : fmod(a, b);
}

static struct value binary(struct calc *calc, int level) {
    static const char *const marks[] = {"<>", "+-", "*/%"};
    if (level == 3) return postfix(calc, false);
    struct value left = binary(calc, level + 1);
    for (;;) {
        const char *mark = marks[level];
        while (*mark && !accept_here(calc, *mark)) mark++;
        if (!*mark) return left;
        double a = number_of(calc, left), b = number_of(calc, binary(calc, level + 1));
        left = number(operate(*mark, a, b));
    }
}

static struct value expression(struct calc *calc) {
    return binary(calc, 0);
}

/* ---- statements ---- */

static void print(struct value value) {
    static const char *const words[] = {"nil", "", "", "", "function", "function", "pointer", "record"};
    if (value.kind == NUMBER) printf("%.10g", value.as.number);
    else if (value.kind == TEXT) printf("%s", value.as.text);
    else if (value.kind != LIST) printf("%s", words[value.kind]);
    for (size_t i = 0; value.kind == LIST && i < value.as.list->count; i++)
        printf(i ? ", " : ""), print(value.as.list->items[i]);
}

static bool condition(struct calc *calc) {
    struct value value = expression(calc);
    return value.kind == NUMBER ? value.as.number != 0 : value.kind != NIL;
}

static void loop(struct calc *calc) {
    const char *begin = calc->at;
    int         line  = calc->line;
    for (bool runs = true; runs;) {
        calc->at = begin, calc->line = line;
        runs = condition(calc) && !calc->skips && !calc->returns;
        block(calc, runs);
    }
}

static void statement(struct calc *calc) {
    const char *word;
    if (accept(calc, "import")) {
        word                = name(calc), expect(calc, "from");
        const char *library = string(calc);
        if (!calc->skips) define(calc, word, bridge_import(calc, word, library));
    } else if (accept(calc, "include")) bridge_read(calc, string(calc), true);
    else if (accept(calc, "declare")) bridge_read(calc, string(calc), false);
    else if (accept(calc, "let")) {
        word               = name(calc), expect(calc, "=");
        struct value value = expression(calc);
        if (!calc->skips) define(calc, word, value);
    } else if (accept(calc, "fn")) {
        struct variable *own = define(calc, name(calc), number(0)); /* it may call itself */
        own->value           = closure(calc);
    } else if (accept(calc, "if")) {
        bool runs = condition(calc);
        block(calc, runs);
        if (accept(calc, "else")) block(calc, !runs);
    } else if (accept(calc, "while")) loop(calc);
    else if (accept(calc, "return")) {
        struct value value = expression(calc);
        if (!calc->skips) calc->returned = value, calc->returns = true;
    } else if (accept(calc, "print")) {
        do {
            struct value value = expression(calc);
            if (!calc->skips) print(value), putchar(' ');
        } while (accept(calc, ","));
        if (!calc->skips) putchar('\n');
    } else postfix(calc, true);
}

/* Reads a block, and runs it until something returns. */
static void block(struct calc *calc, bool runs) {
    bool          skips = calc->skips;
    struct scope *outer = calc->scope;
    enter(calc, outer);
    for (expect(calc, "{"); !accept(calc, "}");) {
        calc->skips = skips || !runs || calc->returns;
        if (!next(calc)) fail(calc, "a block without its end");
        statement(calc);
    }
    calc->scope = outer, calc->skips = skips;
}

/* ---- the program ---- */

int main(int argc, char **argv) {
    static char  text[1 << 16];
    FILE        *file    = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct scope globals = {.outer = NULL};
    struct calc  calc    = {.name = argv[1], .at = text, .line = 1, .scope = &globals};
    volatile int failed  = 0;
    if (!file || fread(text, 1, sizeof text - 1, file) == sizeof text - 1)
        return fprintf(stderr, "usage: calc SCRIPT, of less than 64 KiB\n"), 2;
    fclose(file);
    if (!(calc.context = ffi_context_new(NULL)) || !(calc.arena = ffi_arena_new(calc.context)))
        failed = fprintf(stderr, "%s\n", ffi_last_message());
    else if (setjmp(calc.failed)) failed = 1;
    else
        while (next(&calc)) statement(&calc);
    ffi_context_free(calc.context); /* and the arena with it */
    return failed != 0;
}
