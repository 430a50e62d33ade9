/* SPDX-License-Identifier: MIT */
/* The embedding layer: arenas, buffers, objects, the registry. */
#include "heap.h"

#include <ffi_embed.h>

static const ffi_options options = {.allocate = allocate};

static ffi_context *context;
static ffi_any      result;

#define INT(x)  ffi_any_int(x)
#define TEXT(x) ffi_any_text(x)

/* ---- arenas ---- */

static void arenas(void) {
    ffi_arena *arena = ffi_arena_new(context);
    ok(arena != NULL && ffi_arena_mark(arena) == 0, "a new arena begins at mark 0");
    char  *first = ffi_arena_allocate(arena, 10, 1), *second = ffi_arena_allocate(arena, 8, 64);
    size_t mark = ffi_arena_mark(arena);
    ok(first && second && (uintptr_t)second % 64 == 0 && second >= first + 10,
       "an arena allocates aligned memory");
    char *third = ffi_arena_allocate(arena, 100, 8);
    bool  good  = true;
    for (int i = 0; i < 1000; i++) good &= ffi_arena_allocate(arena, 1000, 16) != NULL;
    ok(good && ffi_arena_allocate(arena, 10 << 20, 4096) != NULL, "an arena allocates 10 MiB");
    ffi_arena_release(arena, mark);
    ok(ffi_arena_mark(arena) == mark && ffi_arena_allocate(arena, 100, 8) == third,
       "ffi_arena_release goes back to a mark");
    is_text(ffi_arena_text(arena, "abcdef", 3), "abc", "ffi_arena_text copies a text");
    ffi_arena_release(arena, 0);
    ok(ffi_arena_mark(arena) == 0 && ffi_arena_allocate(arena, 1, 1) != NULL,
       "ffi_arena_release goes back to the beginning");
    fails(ffi_arena_allocate(arena, 1, 3), FFI_ERROR_ARGUMENT,
          "the alignment 3 is not a power of two up to 4096");
    fails(ffi_arena_allocate(arena, SIZE_MAX, 1), FFI_ERROR_MEMORY, "out of memory");
    fails(ffi_arena_allocate(NULL, 1, 1), FFI_ERROR_ARGUMENT, "arena is NULL");
    fails(ffi_arena_text(arena, NULL, 1), FFI_ERROR_ARGUMENT, "text is NULL");
    fails(ffi_arena_new(NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ffi_arena_free(arena);
    ffi_arena_free(NULL);
}

/* ---- buffers and objects ---- */

static int dropped;

static void drop(void *memory, void *userdata) {
    (void)memory;
    dropped += *(int *)userdata;
}

static void drop_object(void *pointer) {
    dropped += *(int *)pointer;
}

static void buffers(void) {
    static int  three  = 3;
    ffi_buffer *buffer = ffi_buffer_new(context, 20);
    ok(buffer && ffi_buffer_size(buffer) == 20 && !memcmp(ffi_buffer_data(buffer), (char[20]){0}, 20),
       "a buffer");
    const ffi_ctype *type  = ffi_type_parse(context, "struct { int a; short b[4]; unsigned c : 3; }");
    ffi_any          seven = INT(7), text = TEXT("x");
    ok(!ffi_buffer_set(buffer, type, "b[3]", &seven) && !ffi_buffer_get(buffer, type, "b[3]", &result) &&
           result.as.i64 == 7 && ((short *)ffi_buffer_data(buffer))[5] == 7,
       "ffi_buffer_get returns what ffi_buffer_set wrote");
    ok(!ffi_buffer_set(buffer, type, "c", &seven) && !ffi_buffer_get(buffer, type, "c", &result) &&
           result.as.u64 == 7,
       "a bit-field of a buffer is set and read");
    fails(!ffi_buffer_set(buffer, type, "b[4]", &seven), FFI_ERROR_RANGE, "'[4]' is beyond");
    fails(!ffi_buffer_set(buffer, type, "b[0]", &text), FFI_ERROR_TYPE, "b[0]: expected short, got text");
    const ffi_ctype *large = ffi_type_parse(context, "long long[3]"), *open = ffi_type_parse(context, "int[]");
    ok(!ffi_buffer_get(buffer, large, "[1]", &result), "a part that is within");
    fails(!ffi_buffer_get(buffer, large, "[2]", &result), FFI_ERROR_RANGE,
          "\"[2]\" takes the bytes 16 to 24, and the buffer has 20");
    ok(!ffi_buffer_set(buffer, open, "[4]", &seven), "an array without a length takes the buffer's whole size");
    fails(!ffi_buffer_set(buffer, open, "[5]", &seven), FFI_ERROR_RANGE,
          "\"[5]\" takes the bytes 20 to 24, and");
    fails(!ffi_buffer_get(buffer, NULL, "x", &result), FFI_ERROR_ARGUMENT, "the buffer has no type");
    fails(!ffi_buffer_get(buffer, type, "z", &result), FFI_ERROR_ARGUMENT, "'z' is no member");
    char bytes[20];
    ok(!ffi_buffer_write(buffer, 16, "abcd", 4) && !ffi_buffer_read(buffer, 15, bytes, 5) &&
           !memcmp(bytes, "\0abcd", 5),
       "copies");
    fails(!ffi_buffer_write(buffer, 17, "abcd", 4), FFI_ERROR_RANGE,
          "4 bytes at offset 17 do not fit a buffer of 20");
    fails(!ffi_buffer_read(buffer, SIZE_MAX, bytes, 2), FFI_ERROR_RANGE, "2 bytes at");
    fails(!ffi_buffer_read(buffer, 0, NULL, 2), FFI_ERROR_ARGUMENT, "to is NULL");
    fails(!ffi_buffer_write(buffer, 0, NULL, 2), FFI_ERROR_ARGUMENT, "from is NULL");
    ok(!ffi_buffer_free(buffer), "freed");
    fails(!ffi_buffer_free(buffer), FFI_ERROR_ARGUMENT, "ffi_buffer_free: this buffer was freed before");
    fails(ffi_buffer_data(buffer), FFI_ERROR_ARGUMENT, "ffi_buffer_data: this buffer was freed before");
    fails(ffi_buffer_size(buffer), FFI_ERROR_ARGUMENT, "was freed before");
    fails(!ffi_buffer_get(buffer, type, "a", &result), FFI_ERROR_ARGUMENT,
          "ffi_buffer_get: this buffer was freed");
    fails(!ffi_buffer_set(buffer, type, "a", &seven), FFI_ERROR_ARGUMENT,
          "ffi_buffer_set: this buffer was freed");
    fails(!ffi_buffer_read(buffer, 0, bytes, 1), FFI_ERROR_ARGUMENT, "ffi_buffer_read: this buffer was freed");
    bool stale = true;
    for (int i = 0; i < 2000; i++) {
        ffi_buffer *other = ffi_buffer_new(context, 8);
        stale &= other && other != buffer && !ffi_buffer_data(buffer);
        ffi_buffer_free(other);
    }
    ok(stale, "its handle stays stale, however many come after it");

    const ffi_ctype *spot = ffi_type_parse(context, "struct { short x, y; }");
    buffer                = ffi_buffer_of(context, spot, 3);
    ok(buffer && ffi_buffer_size(buffer) == 12 && !ffi_buffer_set(buffer, NULL, "[2].y", &seven) &&
           !ffi_buffer_get(buffer, NULL, "[2].y", &result) && result.as.i64 == 7,
       "a buffer of a type is read and written by path");
    fails(!ffi_buffer_get(buffer, NULL, "[3].y", &result), FFI_ERROR_RANGE, "'[3]' is beyond");
    ffi_buffer_free(buffer);
    buffer = ffi_buffer_text(context, "pinned", 3);
    is_text(ffi_buffer_data(buffer), "pin", "ffi_buffer_text copies a text");
    ffi_buffer_free(buffer);
    buffer = ffi_buffer_aligned(context, 100, 4096);
    ok(buffer && (uintptr_t)ffi_buffer_data(buffer) % 4096 == 0, "ffi_buffer_aligned aligns to 4,096 bytes");
    ffi_buffer_free(buffer);
    buffer = ffi_buffer_around(context, bytes, 20, drop, &three);
    ok(ffi_buffer_data(buffer) == bytes && !dropped && !ffi_buffer_free(buffer) && dropped == 3,
       "ffi_buffer_free calls the finalizer");
    fails(ffi_buffer_aligned(context, 1, 3), FFI_ERROR_ARGUMENT, "a power of two");
    fails(ffi_buffer_new(context, SIZE_MAX), FFI_ERROR_MEMORY, "out of memory");
    fails(ffi_buffer_of(context, spot, SIZE_MAX / 2), FFI_ERROR_RANGE, "too large");
    fails(ffi_buffer_of(context, ffi_type_parse(context, "void"), 1), FFI_ERROR_TYPE, "void");
    fails(ffi_buffer_around(context, NULL, 1, NULL, NULL), FFI_ERROR_ARGUMENT, "memory is NULL");
    fails(ffi_buffer_new(NULL, 1), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(ffi_buffer_data(NULL), FFI_ERROR_ARGUMENT, "buffer is NULL");
    ok(!ffi_buffer_free(NULL), "freeing NULL does nothing");

    dropped            = 0;
    ffi_object *object = ffi_object_new(context, &three, drop_object);
    ok(!ffi_object_retain(object) && !ffi_object_release(object) && ffi_object_pointer(object) == &three &&
           !dropped,
       "an object with two references is not dropped");
    ok(!ffi_object_release(object) && dropped == 3, "is dropped with the last");
    fails(ffi_object_pointer(object), FFI_ERROR_ARGUMENT, "this object was freed before");
    fails(!ffi_object_release(object), FFI_ERROR_ARGUMENT, "this object was freed before");
    fails(!ffi_object_retain(object), FFI_ERROR_ARGUMENT, "this object was freed before");
    fails(ffi_buffer_data((ffi_buffer *)object), FFI_ERROR_ARGUMENT,
          "this buffer was freed before, or never was one");
    object = ffi_object_new(context, &three, NULL);
    fails(ffi_buffer_data((ffi_buffer *)object), FFI_ERROR_ARGUMENT,
          "this buffer was freed before, or never was one");
    fails(ffi_object_new(context, NULL, NULL), FFI_ERROR_ARGUMENT, "pointer is NULL");
}

/* ---- the registry ---- */

static int twice(const ffi_any *args, int count, ffi_any *answer, void *userdata) {
    (void)count;
    if (args[0].kind != FFI_ANY_INT) return (int)ffi_fail(FFI_ERROR_TYPE, "twice: expected a number");
    *answer = INT(args[0].as.i64 * 2 + *(int *)userdata);
    return 0;
}

static int count_them(const ffi_any *args, int count, ffi_any *answer, void *userdata) {
    (void)args, (void)userdata;
    *answer = INT(count);
    return count > 3 ? -7 : 0;
}

static int count_all(const ffi_any *args, int count, ffi_any *answer, void *userdata) {
    (void)args, (void)userdata;
    *answer = INT(count);
    return 0;
}

static bool note_name(ffi_entry *entry, void *userdata) {
    strcat(strcat(userdata, ffi_entry_name(entry)), " ");
    return strcmp(ffi_entry_name(entry), "abs") != 0;
}

static void registry(void) {
    ffi_registry *names = ffi_registry_new(context);
    ffi_library  *libc = ffi_library_open(context, "c", 0), *libm = ffi_library_open(context, "m", 0);
    int           one    = 1;
    ffi_any       args[] = {INT(21), INT(2), INT(3), INT(4)};
    ok(!ffi_registry_add(names, "twice", twice, 1, &one) &&
           !ffi_registry_add(names, "count", count_them, -1, NULL),
       "functions of the host are added");
    ok(!ffi_registry_call(names, "twice", &result, args, 1) && result.as.i64 == 43, "are called by name");
    ok(!ffi_registry_call(names, "count", &result, args, 3) && result.as.i64 == 3,
       "a function of arity -1 takes any number of arguments");
    ok(!ffi_registry_call(names, "count", &result, NULL, 0) && result.as.i64 == 0, "none");
    fails(!ffi_registry_call(names, "count", &result, args, 4), FFI_ERROR_ARGUMENT, "count failed with -7");
    fails(!ffi_registry_call(names, "twice", &result, args, 2), FFI_ERROR_ARGUMENT,
          "twice takes 1 argument, got 2");
    args[0] = TEXT("x");
    fails(!ffi_registry_call(names, "twice", &result, args, 1), FFI_ERROR_TYPE, "twice: expected a number");
    fails(!ffi_registry_call(names, "no", &result, args, 1), FFI_ERROR_SYMBOL,
          "the registry has no function 'no'");
    fails(!ffi_registry_add(names, "twice", twice, 1, NULL), FFI_ERROR_ARGUMENT, "a function 'twice' already");
    fails(!ffi_registry_add(names, "x", twice, -2, NULL), FFI_ERROR_ARGUMENT,
          "the arity -2 of 'x' is less than -1");
    fails(!ffi_registry_add(names, "x", NULL, 1, NULL), FFI_ERROR_ARGUMENT, "native is NULL");
    fails(!ffi_registry_add(names, NULL, twice, 1, NULL), FFI_ERROR_ARGUMENT, "name is NULL");

    ok(!ffi_registry_bind(names, libc, "abs", "int abs(int number)"), "a native one");
    args[0] = INT(-5);
    ok(!ffi_registry_call(names, "abs", &result, args, 1) && result.as.i64 == 5, "is called");
    args[0] = TEXT("five");
    fails(!ffi_registry_call(names, "abs", &result, args, 1), FFI_ERROR_TYPE,
          "argument 1 \"number\" of abs: expected int, got text \"five\"");
    fails(!ffi_registry_bind(names, libc, "abs", "int(int)"), FFI_ERROR_ARGUMENT, "a function 'abs' already");
    ffi_function *own = ffi_library_function(libc, "labs", "long labs(long)");
    args[0]           = INT(-7);
    ok(!ffi_registry_add_function(names, "mine", own) && !ffi_registry_call(names, "mine", &result, args, 1) &&
           result.as.i64 == 7,
       "a function that is bound");
    args[0] = TEXT("five");
    fails(!ffi_registry_add_function(names, "mine", own), FFI_ERROR_ARGUMENT, "a function 'mine' already");
    fails(!ffi_registry_add_function(names, "x", NULL), FFI_ERROR_ARGUMENT, "function is NULL");
    fails(!ffi_registry_bind(names, libc, "no_such", "int(int)"), FFI_ERROR_SYMBOL, "no_such");
    fails(!ffi_registry_bind(names, NULL, "sqrt", "double(double)"), FFI_ERROR_ARGUMENT,
          "no library to search");
    ok(!ffi_registry_library(names, libc) && !ffi_registry_library(names, libm),
       "a registry gets libraries to search");
    ok(!ffi_registry_bind(names, NULL, "sqrt", "double sqrt(double)"),
       "the first library that has the name binds it");
    args[0] = INT(16);
    ok(!ffi_registry_call(names, "sqrt", &result, args, 1) && result.as.f64 == 4,
       "a function found in a library is called");
    fails(!ffi_registry_bind(names, NULL, "no_such", "int(int)"), FFI_ERROR_SYMBOL, "no_such");

    ffi_entry *entry = ffi_registry_find(names, "sqrt");
    ok(entry && !ffi_entry_call(entry, &result, args, 1) && result.as.f64 == 4,
       "a function is called by its entry");
    ok(ffi_entry_arity(entry) == 1 && ffi_entry_function(entry) && !strcmp(ffi_entry_name(entry), "sqrt"),
       "which tells");
    ok(!ffi_entry_function(ffi_registry_find(names, "count")) &&
           ffi_entry_arity(ffi_registry_find(names, "count")) == -1,
       "also of the host's");
    fails(ffi_registry_find(names, "nothing"), FFI_ERROR_SYMBOL, "'nothing'");
    char all[100] = "";
    ffi_registry_each(names, note_name, all);
    is_text(all, "twice count abs ", "visited in order until one says no");
    ok(!ffi_registry_remove(names, "sqrt"), "removed");
    fails(!ffi_entry_call(entry, &result, args, 1), FFI_ERROR_ARGUMENT,
          "ffi_entry_call: this entry was freed before");
    fails(!ffi_registry_call(names, "sqrt", &result, args, 1), FFI_ERROR_SYMBOL, "'sqrt'");
    fails(!ffi_registry_remove(names, "sqrt"), FFI_ERROR_SYMBOL, "'sqrt'");
    ok(!ffi_registry_bind(names, NULL, "sqrt", "double sqrt(double)"), "and bound anew");

    char name[20];
    bool good = true;
    for (int i = 0; i < 3000; i++)
        snprintf(name, 20, "f%d", i), good &= !ffi_registry_add(names, name, count_them, -1, NULL);
    for (int i = 0; i < 3000; i += 2) snprintf(name, 20, "f%d", i), good &= !ffi_registry_remove(names, name);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, 20, "f%d", i);
        good &= !ffi_registry_find(names, name) == !(i & 1);
    }
    ok(good && ffi_registry_find(names, "sqrt"), "thousands of names, every other one removed");
    ffi_registry_free(names);
    ffi_registry_free(NULL);
    fails(ffi_registry_new(NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(!ffi_registry_call(NULL, "x", &result, NULL, 0), FFI_ERROR_ARGUMENT, "registry is NULL");
    ffi_registry_each(NULL, note_name, all);
}

/* A host may add and remove a function for as long as it runs. */

static size_t bytes;

static void *count_bytes(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    bytes += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static void again(void) {
    ffi_context  *own    = ffi_context_new(&(ffi_options){.allocate = count_bytes});
    ffi_registry *names  = ffi_registry_new(own);
    bool          good   = true;
    size_t        before = 0;
    for (int i = 0; i < 20000; i++) {
        good &= !ffi_registry_add(names, i & 1 ? "one" : "another", count_them, -1, NULL);
        good &= !ffi_registry_remove(names, i & 1 ? "one" : "another");
        if (i == 1000) before = bytes;
    }
    ok(good && bytes == before,
       "two names added and removed again and again take no more memory: %d bytes more", (int)(bytes - before));
    ffi_context_free(own);
    ok(!bytes, "and all of it is freed");
}

/* ---- what is made while the context ends ---- */

static int late_drops;

static void drop_late(void *pointer) {
    (void)pointer;
    late_drops++;
}

static void make_more(void *memory, void *userdata) {
    ffi_context *own = userdata;
    late_drops++;
    ffi_object_new(own, memory, drop_late);
    for (int i = 0; i < 40; i++) ffi_buffer_new(own, 10); /* more than a slab has */
    ffi_registry *late = ffi_registry_new(own);
    ffi_registry_add(late, "late", count_all, -1, &late_drops);
    ffi_queue_new(own);
}

static void late(void) {
    ffi_context *own = ffi_context_new(&options);
    ffi_buffer_around(own, &late_drops, sizeof late_drops, make_more, own);
    ffi_context_free(own);
    ok(late_drops == 2 && !heap.blocks, "what a drop makes at the end of the context ends too");
}

int main(void) {
    context = ffi_context_new(&options);
    arenas();
    buffers();
    registry();
    ffi_context_free(context);
    ok(!heap.blocks && !heap.wrong, "the context's end frees everything");
    late();
    again();
    return done();
}
