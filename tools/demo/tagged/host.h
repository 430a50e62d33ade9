/* SPDX-License-Identifier: MIT */
/*
 * A host whose values are tagged words of 64 bits, as those of many virtual machines: a double is itself, and
 * what would be one of its NaNs is something else. wrapper.c is all that it takes to give such a host C's
 * functions; host.c stands for the virtual machine, and main.c for a script.
 *
 *     0xfff9 in the upper 16 bits    nil, false or true
 *     0xfffa                         an integer of 32 bits
 *     0xfffb                         the address of a cell
 */
#ifndef TAGGED_HOST_H
#define TAGGED_HOST_H

#include <ffi_embed.h>

typedef uint64_t value;

enum { MOST_ARGUMENTS = 32 }; /* of a closure */

enum { TAG_CONSTANT = 0xfff9, TAG_INTEGER = 0xfffa, TAG_CELL = 0xfffb };
#define NIL   ((value)TAG_CONSTANT << 48)
#define FALSE (NIL + 1)
#define TRUE  (NIL + 2)

enum cell_kind { CELL_TEXT, CELL_LIST, CELL_MAP, CELL_CLOSURE, CELL_NATIVE, CELL_RECORD, CELL_POINTER };

struct machine;
typedef value closure_code(struct machine *machine, const value *args, size_t count, value self);

struct cell {
    struct cell   *next;
    enum cell_kind kind;
    size_t         length;
    union {
        char  *text;
        value *items; /* of a map: names and values in turn */
        struct {
            closure_code *code;
            value         self; /* what it is called with besides its arguments */
        } closure;
        ffi_function *native;
        struct { /* of a record and of a pointer: memory of C */
            const ffi_ctype *type;
            void            *at;
            ffi_object      *owned; /* NULL: it is somebody else's */
        } data;
    } as;
};

/* A virtual machine. An error leaves its message, and NIL as the result; the next success clears it. */
struct machine {
    ffi_context *context;
    ffi_arena   *arena, *scratch; /* of the values, and of one call */
    struct cell *cells;
    char         message[400];
};

static inline unsigned tag_of(value v) {
    return (unsigned)(v >> 48);
}
static inline struct cell *cell_of(value v) {
    return (struct cell *)(uintptr_t)(v & (((value)1 << 48) - 1));
}
static inline bool is_cell(value v, enum cell_kind kind) {
    return tag_of(v) == TAG_CELL && cell_of(v)->kind == kind;
}

/* host.c */
value        value_integer(int32_t integer);
value        value_real(double real);
value        value_text(struct machine *machine, const char *text, size_t length);
value        value_list(struct machine *machine, const value *items, size_t count); /* NULL: zeroes */
value        value_map(struct machine *machine, const value *items, size_t count);
value        value_closure(struct machine *machine, closure_code *code, value self);
value        value_number(double number); /* an integer if it is one */
value        value_data(struct machine *machine, enum cell_kind kind, const ffi_ctype *type, void *at,
                        ffi_object *owned);
value        value_of(const struct cell *cell);
struct cell *cell_new(struct machine *machine, enum cell_kind kind);
double       number_of(value v);

/* Memory that ends with the machine: a copy, or zeroes if `from` is NULL. */
void *host_copy(struct machine *machine, const void *from, size_t size, size_t alignment);

/* wrapper.c */
value wrapper_bind(struct machine *machine, const char *library, const char *signature);
value wrapper_call(struct machine *machine, value native, const value *args, size_t count);
value wrapper_new(struct machine *machine, const char *type);
value wrapper_get(struct machine *machine, value data, const char *path);
value wrapper_set(struct machine *machine, value data, const char *path, value v);
void  wrapper_end(struct cell *cell); /* the host frees this cell */

#endif
