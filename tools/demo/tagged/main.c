/* SPDX-License-Identifier: MIT */
/* What a script of the host would do, and says. */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>

static struct machine machine;

static value text(const char *from) {
    return value_text(&machine, from, strlen(from));
}

static void print(const char *what, value v) {
    printf("%s: ", what);
    if (*machine.message) printf("error: %s", machine.message);
    else if (is_cell(v, CELL_TEXT)) printf("\"%s\"", cell_of(v)->as.text);
    else if (is_cell(v, CELL_LIST)) printf("a list of %zu", cell_of(v)->length);
    else if (tag_of(v) == TAG_CELL) printf("a cell");
    else if (tag_of(v) == TAG_CONSTANT) printf("%s", v == NIL ? "nil" : v == TRUE ? "true" : "false");
    else printf("%.10g", number_of(v));
    putchar('\n');
}

#define CALL(native, ...)                                                                                      \
    wrapper_call(&machine, native, (value[]){__VA_ARGS__}, sizeof((value[]){__VA_ARGS__}) / sizeof(value))

static value less(struct machine *own, const value *args, size_t count, value self) {
    double a = number_of(wrapper_get(own, args[0], "")), b = number_of(wrapper_get(own, args[1], ""));
    (void)count;
    if (self != NIL) return self; /* a result of another kind, or an error */
    return value_integer(a < b ? -1 : a > b);
}

static value fails(struct machine *own, const value *args, size_t count, value self) {
    (void)args, (void)count, (void)self;
    snprintf(own->message, sizeof own->message, "the closure has failed");
    return NIL;
}

int main(void) {
    machine.context = ffi_context_new(NULL);
    machine.arena   = machine.context ? ffi_arena_new(machine.context) : NULL;
    machine.scratch = machine.context ? ffi_arena_new(machine.context) : NULL;
    if (!machine.arena || !machine.scratch) return fprintf(stderr, "%s\n", ffi_last_message()), 1;

    value power = wrapper_bind(&machine, "m", "double pow(double x, double y)");
    print("pow(2, 10)", CALL(power, value_integer(2), value_real(10)));
    print("pow(2, \"ten\")", CALL(power, value_integer(2), text("ten")));
    print("pow(2)", CALL(power, value_integer(2)));

    value copy = wrapper_bind(&machine, "c", "own(free) char *strdup(const char *text)");
    print("strdup", CALL(copy, text("a copy")));
    print("strdup(1)", CALL(copy, value_integer(1)));

    value allocates = wrapper_bind(&machine, "c", "own(free) int *calloc(size_t count, size_t size)");
    value sort =
        wrapper_bind(&machine, "c", "void qsort(void *, size_t, size_t, int (*)(const int *, const int *))");
    print("calloc", CALL(allocates, value_integer(4), value_integer(4)));

    value numbers = wrapper_new(&machine, "int[4]");
    for (int i = 0; i < 4; i++) {
        char path[8];
        snprintf(path, sizeof path, "[%d]", i);
        wrapper_set(&machine, numbers, path, value_integer((i * 7 + 3) % 4));
    }
    CALL(sort, numbers, value_integer(4), value_integer(4), value_closure(&machine, less, NIL));
    print("the least", wrapper_get(&machine, numbers, "[0]"));
    print("the most", wrapper_get(&machine, numbers, "[3]"));
    print("the wrong result of a closure",
          CALL(sort, numbers, value_integer(4), value_integer(4), value_closure(&machine, less, text("less"))));
    print("an error in a closure",
          CALL(sort, numbers, value_integer(4), value_integer(4), value_closure(&machine, fails, NIL)));

    value date      = wrapper_bind(&machine, "c",
                                   "long long mktime(struct { int sec, min, hour, mday, mon, year, wday, "
                                        "yday, isdst; char more[64]; } *day)");
    value members[] = {text("year"), value_integer(100), text("mday"), value_integer(32)};
    print("a record by its members", CALL(date, value_map(&machine, members, 4)) == NIL ? NIL : TRUE);
    value day = wrapper_new(&machine, "struct { int a[2]; short b; unsigned c : 3; }");
    wrapper_set(&machine, day, "a", value_list(&machine, (value[]){value_integer(5), value_integer(6)}, 2));
    print("a list in a record", wrapper_get(&machine, day, "a[1]"));
    print("a number that does not fit", wrapper_set(&machine, day, "c", value_integer(9)));
    print("a member that is not there", wrapper_get(&machine, day, "d"));

    for (struct cell *cell = machine.cells, *next; cell; cell = next) {
        next = cell->next;
        wrapper_end(cell);
        free(cell);
    }
    ffi_context_free(machine.context); /* and the arenas with it */
    return 0;
}
