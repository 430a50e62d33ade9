/* SPDX-License-Identifier: MIT */
/* The host's values. They live until the machine ends: one of its own would collect them. */
#include "host.h"

#include <stdlib.h>

value value_integer(int32_t integer) {
    return (value)TAG_INTEGER << 48 | (uint32_t)integer;
}

value value_real(double real) {
    value v;
    if (real != real) return NIL; /* this host has no NaN */
    memcpy(&v, &real, sizeof v);
    return v;
}

value value_number(double number) {
    bool small = number >= INT32_MIN && number <= INT32_MAX && number == (int32_t)number;
    return small ? value_integer((int32_t)number) : value_real(number);
}

double number_of(value v) {
    double real;
    if (tag_of(v) == TAG_INTEGER) return (int32_t)v;
    memcpy(&real, &v, sizeof real);
    return tag_of(v) < TAG_CONSTANT ? real : 0;
}

struct cell *cell_new(struct machine *machine, enum cell_kind kind) {
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell) exit(1);
    cell->kind = kind, cell->next = machine->cells;
    return machine->cells = cell;
}

value value_of(const struct cell *cell) {
    return (value)TAG_CELL << 48 | (uintptr_t)cell;
}

void *host_copy(struct machine *machine, const void *from, size_t size, size_t alignment) {
    void *memory = ffi_arena_allocate(machine->arena, size, alignment);
    if (!memory) exit(1);
    return from ? memcpy(memory, from, size) : memset(memory, 0, size);
}

value value_text(struct machine *machine, const char *text, size_t length) {
    struct cell *cell = cell_new(machine, CELL_TEXT);
    cell->as.text     = ffi_arena_text(machine->arena, text, cell->length = length);
    if (!cell->as.text) exit(1);
    return value_of(cell);
}

value value_list(struct machine *machine, const value *items, size_t count) {
    struct cell *cell = cell_new(machine, CELL_LIST);
    cell->as.items    = host_copy(machine, items, (cell->length = count) * sizeof *items, sizeof *items);
    return value_of(cell);
}

value value_map(struct machine *machine, const value *items, size_t count) {
    value map          = value_list(machine, items, count);
    cell_of(map)->kind = CELL_MAP;
    return map;
}

value value_closure(struct machine *machine, closure_code *code, value self) {
    struct cell *cell     = cell_new(machine, CELL_CLOSURE);
    cell->as.closure.code = code, cell->as.closure.self = self;
    return value_of(cell);
}

value value_data(struct machine *machine, enum cell_kind kind, const ffi_ctype *type, void *at,
                 ffi_object *owned) {
    struct cell *cell  = cell_new(machine, kind);
    cell->as.data.type = type, cell->as.data.at = at, cell->as.data.owned = owned;
    return value_of(cell);
}
