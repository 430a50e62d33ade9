/* SPDX-License-Identifier: MIT */
/*
 * A shape is one line of callee.h made ready to be called: its signature as text and as a type, arguments, and
 * 256 addresses of the function. A call is what a loop reads: one contender's view of the shape.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "callee.h"

/* How arguments come and functions change, from turn to turn of a loop. */
enum way {
    WAY_KEPT,    /* the arguments stay */
    WAY_WRITTEN, /* each argument is stored just before the call, by the member of its own type */
    WAY_CHAINED, /* the result is the last argument of the next call */
    WAY_EIGHT,   /* arguments kept, eight functions in turn */
    WAY_RANDOM,  /* arguments kept, 256 functions at random */
    WAY_COUNT
};

extern const char *const way_names[WAY_COUNT];

enum { MOST_ARGUMENTS = 16, TARGETS = 256, ORDER = 1 << 14 };

struct target {
    const ffi_function *function;
    void (*address)(void);
};

struct call {
    const ffi_function *function;
    void (*address)(void);
    union datum         *result;
    ffi_value           *args;
    const ffi_value     *source;   /* what arguments are written from */
    void               **pointers; /* to the arguments */
    enum callee          callee;
    const struct target *targets;
    const unsigned char *order;    /* ORDER numbers of targets */
    size_t               position; /* in it */
    void                *peer;     /* the contender's own */
    union {                        /* its functions, where the loop calls them through a pointer */
        void (*code)(enum callee, void (*)(void), union datum *, ffi_value *);
        void (*pass)(void *, void (*)(void), void *, void **);
    } by;
};

typedef void loop(const struct call *call, size_t count);

/* A contender's loops around a call of one callee. WAY_CHAINED uses `kept`. */
struct loops {
    loop *kept, *written, *turn;
};

enum { JUMP_SIZE = 16 };

struct shape {
    const char *what, *result, *parameters; /* texts: "i32", "(i32, i32)" */
    enum callee callee;
    unsigned    fixed; /* parameters before `...`; ALL: it has none */
    void (*address)(void);
    const char  *jumps; /* TARGETS jumps to the callee, JUMP_SIZE bytes each */
    ffi_handler *handler;

    const ffi_ctype *type; /* from here on written by shape_prepare() */
    size_t           count, result_size;
    bool             can_chain; /* the result has the type of the last argument */
    ffi_value        values[MOST_ARGUMENTS], source[MOST_ARGUMENTS];
    union datum      data[MOST_ARGUMENTS]; /* what `values` point to */
    void            *pointers[MOST_ARGUMENTS];
    struct target    targets[TARGETS];
};

extern struct shape shapes[CALLEE_COUNT];

/* Makes a shape ready, once. Ends the program if that fails. */
void shape_prepare(ffi_context *context, struct shape *shape);

/* The call of a shape by C and by ffi_invoke. */
struct call shape_call(struct shape *shape, enum way way);

/* The targets of a way, whose order is `call.order`. */
const unsigned char *shape_order(enum way way);

/* The loop of a way; NULL if the contender has none. */
loop *loop_of_way(const struct loops *loops, enum way way);

/* A context that knows callee.h's types. */
ffi_context *shape_context(void);

/* The C types that each compiler understands: those of slots, union value, and PLAIN_TYPES. */
extern const char *const slot_types, *const plain_types;

/* The loops of C and of the library, by callee; and the loop without a call. `loops_pass` calls `by.pass` with
 * `peer`, as libffi is called; `loops_code` calls `by.code`. */
extern const struct loops loops_c[], loops_invoke[], loops_pointers[], loops_pass[], loops_code[];
loop                      loop_empty;

/* C's loops again, for callbacks. */
extern const struct loops loops_ours[], loops_libffi[], loops_ffcall[], loops_other[];

#endif
