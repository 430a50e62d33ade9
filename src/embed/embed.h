/* SPDX-License-Identifier: MIT */
/* What the files of the embedding layer share. They use the public core only. */
#ifndef EMBED_H
#define EMBED_H

#include "ffi_embed.h"

#include <stdatomic.h>

struct layer;

#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* ---- head.c: what of the layer ends with a context, and handles that know their end ---- */

/* Arenas and registries: ended with the context if they are not before. */
struct owned {
    struct owned *next, **link;
    void (*end)(struct owned *);
};

void owned_add(struct layer *layer, struct owned *owned, void end(struct owned *));
void owned_remove(struct layer *layer, struct owned *owned);

/* The layer's part of a context, made when first asked for; NULL with an error. */
struct layer *layer_of(ffi_context *context);
ffi_context  *layer_context(const struct layer *layer);

enum head_kind { HEAD_BUFFER, HEAD_OBJECT, HEAD_ENTRY, HEAD_LIBRARY, HEAD_FUNCTION, HEAD_KINDS };

/* What a buffer, an object, an entry is. Its handle, which callers have, is its address with a generation in
 * the upper 16 bits, which no address has; freeing ends the generation. */
struct head {
    _Atomic uint16_t generation;
    _Atomic bool     live;
    uint8_t          kind;
    struct layer    *layer;
    struct head     *next; /* of those that are free */
    union {
        struct {
            void            *memory;
            size_t           size;
            void            *block; /* what was allocated; NULL: the memory is somebody else's */
            size_t           block_size;
            const ffi_ctype *type; /* of its values; NULL: it has none */
            void (*drop)(void *memory, void *userdata);
            void *userdata;
        } buffer;
        struct {
            void *pointer;
            void (*drop)(void *pointer);
            ffi_function    *owner; /* of `own`: called with the pointer instead of `drop` */
            const ffi_ctype *type;  /* of such a pointer */
            _Atomic size_t   references;
        } object;
        struct {
            ffi_native   *native; /* NULL: the function is native code */
            void         *userdata;
            ffi_function *function; /* of a native one only the signature counts; NULL: it has none */
            int           arity;
            struct name_link {
                struct head *previous, *next; /* in the registry's order */
            } order;
            char  *name;
            size_t name_size;
        } entry;
        struct { /* of the flat layer */
            ffi_library  *library;
            void         *address;
            ffi_function *bound; /* to a signature; NULL: to none */
            void         *from;  /* the handle of its library */
        } flat;
    } as;
};

/* A live head; NULL with an error. */
struct head *head_new(ffi_context *context, enum head_kind kind);

/* Ends it: its handles are stale from here on. False, with an error, if it was ended before. */
bool head_end(struct head *head, const char *where);

/* Takes back a head that has ended. */
void head_give(struct head *head);

static inline void *head_handle(const struct head *head) {
    return (void *)((uintptr_t)head | (uintptr_t)head->generation << 48);
}

/* The head of a handle, for the public function `where`; NULL with an error that says what is wrong with it. */
struct head *head_stale(const void *handle, enum head_kind kind, const char *where);

static inline struct head *head_of(const void *handle, enum head_kind kind, const char *where) {
    struct head *head = (struct head *)((uintptr_t)handle & (((uintptr_t)1 << 48) - 1));
    bool         good = head &&
                atomic_load_explicit(&head->generation, memory_order_acquire) == (uintptr_t)handle >> 48 &&
                head->kind == kind && atomic_load_explicit(&head->live, memory_order_relaxed);
    return good ? head : head_stale(handle, kind, where);
}

/* A lock for a few instructions. */
void embed_lock(atomic_flag *flag);
void embed_unlock(atomic_flag *flag);

ffi_error embed_null(const char *where, const char *what);

/* ---- arena.c ---- */

struct ffi_arena {
    struct owned  owned;
    struct layer *layer; /* NULL: the arena is on the stack of a call */
    ffi_context  *context;
    struct piece *pieces; /* the latest first */
    char         *next, *end;
};

void arena_begin(ffi_arena *arena, ffi_context *context);
void arena_end(ffi_arena *arena);

/* ---- number.c ---- */

/* Numbers in the forms that C compilers do not have everywhere. */
uint16_t half_of(double value);
double   half_value(uint16_t half);
void     f80_of(double value, uint8_t bytes[10]);
double   f80_value(const uint8_t bytes[10]);
void     quad_of(double value, uint8_t bytes[16]);
double   quad_value(const uint8_t bytes[16]);

/* An integer of up to 65 bits. */
struct integer {
    bool     negative; /* `bits` is then two's complement */
    uint64_t bits;
};

/* A number as an integer, if it is exactly one; false otherwise. */
bool integer_of(const ffi_any *any, struct integer *integer);

/* Whether it is in a range. */
bool integer_fits(const struct integer *integer, unsigned bits, bool is_signed);

/* ---- convert.c ---- */

/* Where in a value another one lies. */
struct place {
    const struct place *outer;
    const char         *name; /* of a member; NULL: an element */
    size_t              index;
};

/* What a value is converted for. All but the first may be NULL. */
struct conversion {
    const char         *path;     /* what the caller named, for messages */
    const char         *name;     /* of the function, in messages, if it is not its own */
    const ffi_function *function; /* whose argument it is */
    const ffi_shape    *shape;
    size_t              index;
    ffi_frame          *frame; /* for temporaries */
    const ffi_host     *host;  /* whose lists and members are told by its functions; as.u64 is then the value */
    void               *state;
    unsigned            depth;
    bool                dry; /* only checks; of an argument also what needs memory of a call */
};

ffi_error convert(struct conversion *conversion, const struct place *place, const ffi_ctype *type, void *at,
                  const ffi_any *any);

/* FFI_ERROR_TYPE or _RANGE: this type was expected, and that value came. */
ffi_error mismatch(const struct conversion *conversion, const struct place *place, ffi_error code,
                   const ffi_ctype *type, const char *expected, const ffi_any *any);

/* A record has no member of this name. */
ffi_error no_member(const struct conversion *conversion, const struct place *place, const ffi_ctype *type,
                    const char *name);

/* A host's value; lists and members as the host's value itself. */
ffi_any any_of_host(const ffi_host *host, void *state, ffi_host_value value);

/* What the files of conversions share. */
static inline void write_bytes(const struct conversion *c, void *at, const void *from, size_t size) {
    if (!c->dry && size) memmove(at, from, size);
}

static inline bool has_zero(const ffi_any *text) {
    return text->length < UINT32_MAX && memchr(text->as.text, 0, text->length);
}

static inline size_t text_length(const ffi_any *text) {
    return text->length < UINT32_MAX ? text->length : strlen(text->as.text);
}

static inline bool is_byte(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_VOID || kind == FFI_KIND_I8 || kind == FFI_KIND_U8;
}

/* An element of a list. */
ffi_any element_of(const struct conversion *c, const ffi_any *list, size_t index);

/* All of them, one behind the other. */
ffi_error put_elements(struct conversion *c, const struct place *place, const ffi_ctype *element, char *at,
                       const ffi_any *list);

/* pointer.c */
ffi_error put_pointer(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                      const ffi_any *any);

/* ---- frame.c ---- */

/* The bytes that a frame needs besides its room, and a frame of so many bytes. */
size_t frame_need(const ffi_shape *shape);
void   frame_begin(const ffi_shape *shape, ffi_frame *frame, size_t size);

static inline ffi_value *frame_slots(ffi_frame *frame) {
    return (ffi_value *)(void *)(frame + 1);
}

/* ---- call.c ---- */

/* One call, with values of the layer or of a host. */
struct call {
    const ffi_function *function;
    const ffi_shape    *shape;
    const ffi_any      *args;
    size_t              count;
    struct conversion   conversion;
    ffi_arena          *arena; /* for what the result needs; NULL: `keeps`, then the thread's memory */
    char               *keeps;
    ffi_any            *result;
    ffi_frame          *frame;
    size_t              kept; /* bytes of `keeps` */
};

/* ---- own.c ---- */

/* What takes one owned pointer: an object, or for a text the function that frees it. */
struct own {
    ffi_function    *function; /* NULL: nothing is owned */
    struct head     *object;
    const ffi_ctype *pointer; /* its type */
};

/* Before the call; false with an error. `pointer`: the type of what is owned. */
bool own_prepare(const struct call *call, const ffi_parameter *parameter, const ffi_ctype *pointer,
                 struct own *own);

/* After the call: turns a loaded pointer into an object, and copies a text into the arena. */
ffi_error own_take(const struct call *call, struct own *own, ffi_any *any);

/* The call has not been made, or has failed. */
void own_cancel(struct own *own);

/* Releases the objects among these. */
void own_release(ffi_any *items, size_t count);

/* Frees the text of a result that was not copied, and makes it nil. */
ffi_error own_free_text(const ffi_function *function, ffi_any *result);

/* FFI_ERROR_SYSTEM, as a call left errno. */
ffi_error own_system_error(const ffi_function *function);

/* ---- the parts of a call ---- */

/* annotated.c: arguments, call and result of a signature with `out`, `inout` or `len`. */
ffi_error call_annotated(struct call *call);

/* Whether the value's bits are what the argument's slot wants. */
static inline bool is_simple(const ffi_parameter *parameter, const ffi_any *any) {
    if (parameter->what == FFI_CLASS_INT)
        return any->kind == FFI_ANY_INT && any->as.i64 >= parameter->least &&
               any->as.i64 <= (int64_t)parameter->most;
    if (parameter->what == FFI_CLASS_REAL) return any->kind == FFI_ANY_REAL && parameter->size == 8;
    if (parameter->what == FFI_CLASS_UINT)
        return (any->kind == FFI_ANY_UINT || (any->kind == FFI_ANY_INT && any->as.i64 >= 0)) &&
               any->as.u64 <= parameter->most;
    return parameter->what == FFI_CLASS_TEXT && any->kind == FFI_ANY_TEXT && parameter->is_const &&
           any->length < UINT32_MAX && !memchr(any->as.text, 0, any->length);
}

/* Any call with values of the layer. */
ffi_error call_any(const ffi_function *function, ffi_any *result, const ffi_any *args, size_t count,
                   ffi_arena *arena);

ffi_any   call_argument(const struct call *call, size_t index);
void     *call_keep(struct call *call, size_t size, size_t alignment);
ffi_error call_arity(const struct call *call, size_t takes);

/* Whether a result is the value that `errno_if` names. */
bool call_has_failed(const ffi_shape *shape, const void *result);

/* Calls, looks for a failure that errno tells, and loads the result, which the callee may own. */
ffi_error call_make(struct call *call, ffi_any *result);

/* ---- native.c ---- */

/* Calls the host's function of an entry. */
ffi_error native_call(const struct head *head, ffi_any *result, const ffi_any *args, size_t count);

/* How many calls of this thread's callbacks with values have failed. */
uint64_t native_failures(void);

/* ---- load.c ---- */

/* A value as ffi_load() has it; of a class that is known. */
void load_as(ffi_class what, unsigned size, const ffi_ctype *type, const void *at, ffi_any *out);

#endif
