/* SPDX-License-Identifier: MIT */
/* What the files of the embedding layer share. They use the public core only. */
#ifndef EMBED_H
#define EMBED_H

#include "ffi_embed.h"

#include <stdatomic.h>

struct layer;

#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* ---- head.c: what of the layer ends with a context, and handles that know their end ---- */

/* The first member of what the end of the context frees, such as arenas and registries. */
struct owned {
    struct owned *next, **link;
    void (*end)(struct owned *);
};

void owned_add(struct layer *layer, struct owned *owned, void end(struct owned *));
void owned_remove(struct layer *layer, struct owned *owned);

/* The layer's data of a context. The first call makes it; NULL with an error. */
struct layer *layer_of(ffi_context *context);
ffi_context  *layer_context(const struct layer *layer);

enum head_kind { HEAD_BUFFER, HEAD_OBJECT, HEAD_ENTRY, HEAD_LIBRARY, HEAD_FUNCTION, HEAD_KINDS };

/* What a buffer, an object, an entry is. Its handle, which callers have, is its address with a generation in
 * the upper 16 bits, which no address has; freeing ends the generation. */
struct head {
    _Atomic uint16_t generation;
    uint8_t          kind;
    _Atomic unsigned live; /* 1 or 0; a word, because not every processor exchanges bytes */
    struct layer    *layer;
    struct head     *next; /* in the list of free heads */
    union {
        struct {
            void            *memory;
            size_t           size;
            void            *block; /* the allocation; NULL: the layer did not allocate the memory */
            size_t           block_size;
            const ffi_ctype *type; /* of the whole buffer; NULL: it has none */
            void (*drop)(void *memory, void *userdata);
            void *userdata;
        } buffer;
        struct {
            void *pointer;
            void (*drop)(void *pointer);
            ffi_function    *owner; /* of `own`: called with the pointer instead of `drop` */
            const ffi_ctype *type;  /* of the pointer of `own` */
            _Atomic size_t   references;
        } object;
        struct {
            ffi_native *native; /* NULL: the function is native code */
            void       *userdata;
            ffi_function
                *function; /* of a function of the host: only its signature is used; NULL: it has none */
            int  arity;
            struct name_link {
                struct head *previous, *next; /* in the registry's order */
            } order;
            const char *name; /* the registry's */
        } entry;
        struct { /* of the flat layer */
            ffi_library  *library;
            void         *address;
            ffi_function *bound; /* NULL: the function has no signature */
            void         *from;  /* the handle of its library */
        } flat;
    } as;
};

/* A new head, which is live; NULL with an error. */
struct head *head_new(ffi_context *context, enum head_kind kind);

/* Makes the handles of a head stale. False, with an error, if they were stale before. */
bool head_end(struct head *head, const char *where);

/* Gives an ended head back, for later use. */
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

/* A spin lock, held for a few instructions. */
void embed_lock(atomic_flag *flag);
void embed_unlock(atomic_flag *flag);

ffi_error embed_null(const char *where, const char *what);

/* Fails again with the last error of the core. `where` replaces the name of the core's function that the message begins with. */
ffi_error embed_failed(const char *where);

/* The shape of a function, for the public function `where`; NULL with an error. */
static inline const ffi_shape *shape_of(const ffi_function *function, const char *where) {
    const ffi_shape *shape = ffi_function_shape(function);
    if (!shape) embed_failed(where);
    return shape;
}

/* The length of the array that a parameter is declared as; 0: it is declared as a pointer. */
static inline size_t declared_length(const ffi_shape *shape, size_t index) {
    return shape ? ffi_type_parameter_length(shape->signature, index) : 0;
}

/* ---- arena.c ---- */

struct ffi_arena {
    struct owned  owned;
    struct layer *layer; /* NULL: the arena is on the stack of a call */
    ffi_context  *context;
    struct piece *pieces; /* the latest first */
    char         *next, *end;
    struct own   *owns; /* what calls have prepared that have not returned, the latest first */
};

void arena_begin(ffi_arena *arena, ffi_context *context);
void arena_end(ffi_arena *arena);

/* ---- number.c ---- */

/* Real numbers in forms that not every C compiler has. */
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

/* Reads a number as an integer; false if the number is no integer. */
bool integer_of(const ffi_any *any, struct integer *integer);

/* Whether the integer fits a type of so many bits. */
bool integer_fits(const struct integer *integer, unsigned bits, bool is_signed);

/* ---- convert.c ---- */

/* A place in a value: a member or an element of an outer place. */
struct place {
    const struct place *outer;
    const char         *name; /* of a member; NULL: an element */
    size_t              index;
};

/* The purpose and the state of a conversion. Every pointer may be NULL. */
struct conversion {
    const char         *path;     /* the caller's path, for messages */
    const char         *name;     /* names the function in messages instead of its own name */
    const ffi_function *function; /* the value is an argument of this function */
    const ffi_shape    *shape;
    size_t              index;
    ffi_frame          *frame; /* for temporaries */
    const ffi_host     *host;  /* reads lists and members, whose as.u64 is the host's value */
    void               *state;
    unsigned            depth;
    unsigned            bits; /* of the bit-field that is converted; 0: it is none */
    bool                dry;  /* only checks, and writes nothing */
};

ffi_error convert(struct conversion *conversion, const struct place *place, const ffi_ctype *type, void *at,
                  const ffi_any *any);

/* Fails with `code`: says the place, the expected type (or `expected`, if it is not NULL), and the value. */
ffi_error mismatch(const struct conversion *conversion, const struct place *place, ffi_error code,
                   const ffi_ctype *type, const char *expected, const ffi_any *any);

/* Fails with `code`: names the argument, and then says what is wrong with it, by printf's format. */
ffi_error argument_failed(const struct conversion *conversion, ffi_error code, const char *format, ...)
    FFI_PRINTF_LIKE(3, 4);

/* Fails: the record has no member of this name. */
ffi_error no_member(const struct conversion *conversion, const struct place *place, const ffi_ctype *type,
                    const char *name);

/* Reads a host's value. For a list or members as.u64 is the host's value. */
ffi_any any_of_host(const ffi_host *host, void *state, ffi_host_value value);

/* The annotations of parameters that say only whether NULL is right. */
enum { CHECKED_ANNOTATIONS = FFI_ANNOTATION_NULLABLE | FFI_ANNOTATION_NONNULL };

/* Helpers of the files that convert. */
static inline void write_bytes(const struct conversion *c, void *at, const void *from, size_t size) {
    if (!c->dry && size) memmove(at, from, size);
}

static inline bool has_zero(const ffi_any *text) {
    return text->length && text->length < UINT32_MAX && memchr(text->as.text, 0, text->length);
}

static inline size_t text_length(const ffi_any *text) {
    return text->length < UINT32_MAX ? text->length : text->as.text ? strlen(text->as.text) : 0;
}

/* Whether a value points to nothing where it needs something: a NULL text, a list of elements at NULL. */
bool is_absent(const struct conversion *c, const ffi_any *any);

static inline bool is_byte(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_VOID || kind == FFI_KIND_I8 || kind == FFI_KIND_U8;
}

/* Reads an element of a list. */
ffi_any element_of(const struct conversion *c, const ffi_any *list, size_t index);

/* Converts all elements of a list into an array. */
ffi_error put_elements(struct conversion *c, const struct place *place, const ffi_ctype *element, char *at,
                       const ffi_any *list);

/* pointer.c */
ffi_error put_pointer(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                      const ffi_any *any);

/* ---- message.c ---- */

/* A line of limited length. Longer text is cut. */
struct line {
    char   text[1024];
    size_t length;
};

FFI_PRINTF_LIKE(2, 3) void line_add(struct line *line, const char *format, ...);

/* Reads a character of UTF-8 from `left` bytes, of which there is at least one. Returns its bytes, 0 if it is malformed. */
unsigned utf8_read(const char *text, size_t left, uint32_t *code);

/* ---- frame.c ---- */

/* frame_need() is the size of a frame without room for temporaries. frame_begin() makes a frame of `size`
 * bytes. */
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
    ffi_arena
            *arena; /* for the results; NULL: they are in `keeps`, and in the thread's memory after the call */
    char    *keeps;
    ffi_any *result;
    bool     discards; /* the caller takes no result, so the call frees what it owns */
    ffi_frame *frame;
    size_t     kept; /* bytes of `keeps` */
};

/* ---- errno.c ---- */

/* Fails with FFI_ERROR_SYSTEM: what failed, by printf's format, then the name and the text of the errno. */
ffi_error system_failed(int number, const char *format, ...) FFI_PRINTF_LIKE(2, 3);

/* ---- own.c ---- */

/* Takes one owned pointer: an object, or for a text the function that frees it. A call with an arena keeps it there: if
 * longjmp or an exception leaves the call, own_abandon() cancels it when the arena is released. */
struct own {
    ffi_function    *function; /* NULL: nothing is owned */
    struct head     *object;
    const ffi_ctype *pointer; /* its type */
    ffi_arena       *arena;   /* NULL: the record is not in an arena */
    struct own      *before;  /* in the arena's list */
    size_t           mark;    /* the arena's, before the record */
};

/* Cancels what stands in the arena after this mark. */
void own_abandon(ffi_arena *arena, size_t mark);

/* Is called before the call; NULL with an error. `pointer` is the type of the owned pointer. Without an arena the record
 * is `*room`. */
struct own *own_prepare(const struct call *call, const ffi_parameter *parameter, const ffi_ctype *pointer,
                        struct own *room);

/* Is called after the call: makes the loaded pointer an object, and copies a text into the arena. */
ffi_error own_take(const struct call *call, struct own *own, ffi_any *any);

/* Is called instead of own_take() if the call has failed: own_free() frees what the callee has left. */
void own_cancel(struct own *own);
void own_free(struct own *own, void *pointer);

/* Releases every object among these values. */
void own_release(ffi_any *items, size_t count);

/* Frees the result of a call that fails after own_take(). The thread's last error stays, and is returned. */
ffi_error own_discard(const struct call *call, ffi_any *result);

/* Frees the owned text of a result that was not copied, and makes it nil. */
ffi_error own_free_text(const ffi_function *function, ffi_any *result);

/* Fails with FFI_ERROR_SYSTEM and the errno that the call left. */
ffi_error own_system_error(const ffi_function *function);

/* ---- the parts of a call ---- */

/* annotated.c: makes a call whose signature has `out`, `inout` or `len`. */
ffi_error call_annotated(struct call *call);

/* Whether the value can be copied into the argument's slot as it is. */
static inline bool is_simple(const ffi_parameter *parameter, const ffi_any *any) {
    if (parameter->what == FFI_CLASS_INT)
        return any->kind == FFI_ANY_INT && any->as.i64 >= parameter->least &&
               any->as.i64 <= (int64_t)parameter->most;
    if (parameter->what == FFI_CLASS_REAL) return any->kind == FFI_ANY_REAL && parameter->size == 8;
    if (parameter->what == FFI_CLASS_UINT)
        return (any->kind == FFI_ANY_UINT || (any->kind == FFI_ANY_INT && any->as.i64 >= 0)) &&
               any->as.u64 <= parameter->most;
    return parameter->what == FFI_CLASS_TEXT && any->kind == FFI_ANY_TEXT && parameter->is_const &&
           any->length < UINT32_MAX && any->as.text && !memchr(any->as.text, 0, any->length);
}

/* Makes any call with values of the layer, for the public function `where`. */
ffi_error call_any(const char *where, const ffi_function *function, ffi_any *result, const ffi_any *args,
                   size_t count, ffi_arena *arena);

ffi_any   call_argument(const struct call *call, size_t index);
void     *call_keep(struct call *call, size_t size, size_t alignment);
ffi_error call_arity(const struct call *call, size_t takes);

/* Whether a result is the value that `errno_if` names. */
bool call_has_failed(const ffi_shape *shape, const void *result);

/* Calls, checks `errno_if`, and loads the result. The caller applies `own`. */
ffi_error call_make(struct call *call, ffi_any *result);

/* ---- native.c ---- */

/* Calls the host's function of an entry. */
ffi_error native_call(const struct head *head, ffi_any *result, const ffi_any *args, size_t count);

/* The number of failed callbacks of this thread that no call has reported. native_has_failed() says whether it
 * differs from `before`, and sets it to `before`: the caller reports the failures. */
uint64_t native_failures(void);
bool     native_has_failed(uint64_t before);

/* ---- load.c ---- */

/* Reads a value as ffi_load() does. The class and the size are those of `type`. */
void load_as(ffi_class what, unsigned size, const ffi_ctype *type, const void *at, ffi_any *out);

/* Reads `count` elements of an array. */
ffi_error load_items(const ffi_ctype *type, const void *at, size_t count, ffi_any *items);

#endif
