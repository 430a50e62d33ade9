/* SPDX-License-Identifier: MIT */
/*
 * Memory: an allocator that counts, checks what it is given back, and fails when told. A script of everything
 * that allocates is run once for every allocation in it, failing at that one (and, again, at all from it on):
 * the step at fault says FFI_ERROR_MEMORY, works when repeated, and nothing is left at the end.
 */
#include "helper.h"

#include <stdatomic.h>

/* ---- the allocator ---- */

static struct {
    size_t     blocks, bytes;  /* alive */
    size_t     count, fail_at; /* allocations so far; the one to fail, counted from 1 */
    bool       and_later;      /* it, and all after it */
    bool       refused;        /* it has failed */
    int        wrong;          /* sizes or blocks that were not what was given */
    atomic_int inside;
} heap;

struct head {
    size_t size, magic;
};

enum { MAGIC = 0x5afe };

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    if (userdata != &heap || atomic_fetch_add(&heap.inside, 1)) heap.wrong++;
    struct head *head = block ? (struct head *)block - 1 : NULL;
    if (head && (head->magic != MAGIC || head->size != old_size)) heap.wrong++;
    if (!head && old_size) heap.wrong++;
    bool refused = new_size && (++heap.count == heap.fail_at || (heap.and_later && heap.count > heap.fail_at));
    if (refused && heap.fail_at) {
        heap.refused = true;
        atomic_fetch_sub(&heap.inside, 1);
        return NULL;
    }
    struct head *fresh = new_size ? malloc(sizeof *fresh + new_size) : NULL;
    if (fresh) {
        *fresh = (struct head){new_size, MAGIC};
        memset(fresh + 1, 0xa5, new_size); /* not zero: nobody may rely on that */
        if (head) memcpy(fresh + 1, block, old_size < new_size ? old_size : new_size);
        heap.blocks++, heap.bytes += new_size;
    }
    if (head) {
        heap.blocks--, heap.bytes -= head->size;
        memset(head, 0xdd, sizeof *head + old_size);
        free(head);
    }
    atomic_fetch_sub(&heap.inside, 1);
    return fresh ? fresh + 1 : NULL;
}

static const ffi_options options = {.allocate = allocate, .userdata = &heap};

/* ---- the script ---- */

static ffi_context  *context;
static ffi_library  *libc, *plain;
static ffi_function *print;

static bool make_context(void) {
    return context || (context = ffi_context_new(&options));
}

static bool small_types(void) {
    return ffi_type_parse(context, "unsigned long") && ffi_type_parse(context, "struct tag *(*)[3]") &&
           ffi_type_parse(context, "int (*(*)(const char *, ...))(enum color)");
}

static bool large_types(void) {
    char text[8000] = "int f(", *at = text + 6;
    for (int i = 0; i < 1000; i++) at += sprintf(at, i ? ",i%d" : "i%d", 8 << (i & 3));
    strcpy(at, ")");
    const ffi_ctype *type = ffi_type_parse(context, text);
    return type && ffi_function_typed(context, (void *)(uintptr_t)&abs, type);
}

static bool many_types(void) {
    for (int i = 0; i < 300; i++) {
        char text[32];
        snprintf(text, sizeof text, "union tag%d *", i);
        if (!ffi_type_parse(context, text)) return false;
    }
    return true;
}

/* The expanded text of the first has 5 bytes. */
static bool declarations(void) {
    return !ffi_declare(context, "#define A\n") &&
           !ffi_declare(context,
                        "#define N 20\nenum e { A1, A2 };\nstruct s { int a[N], b, c, d, e, f, g, h, i; };\n");
}

static bool types_without_text(void) {
    const ffi_ctype *f64     = ffi_type_scalar(context, FFI_KIND_F64);
    const ffi_ctype *pointer = f64 ? ffi_type_pointer_to(context, f64) : NULL, *params[2] = {f64, pointer};
    return pointer && ffi_type_signature(context, f64, params, 2, 1) &&
           ffi_function_of(context, (void *)(uintptr_t)&abs, pointer, params, 2);
}

static bool open_libraries(void) {
    return (libc || (libc = ffi_library_open(context, "c", 0))) &&
           (plain || (plain = ffi_library_open(context, library_path("plain"), 0)));
}

/* The oldest of the C library's versions on a processor. */
#if !defined __GLIBC__
#define VERSION_OF_MEMCPY(library) ffi_library_symbol(library, "memcpy") /* there are none */
#elif defined __aarch64__
#define VERSION_OF_MEMCPY(library) ffi_library_symbol_version(library, "memcpy", "GLIBC_2.17")
#elif defined __riscv
#define VERSION_OF_MEMCPY(library) ffi_library_symbol_version(library, "memcpy", "GLIBC_2.27")
#else
#define VERSION_OF_MEMCPY(library) ffi_library_symbol_version(library, "memcpy", "GLIBC_2.2.5")
#endif

static bool bind_functions(void) {
    ffi_function *add = ffi_library_function(plain, NULL, "int plain_add(int, int)");
    int           sum = 0;
    if (add) ffi_invoke(add, &sum, (ffi_value[]){{.i32 = 40}, {.i32 = 2}});
    return sum == 42 && ffi_library_symbol(libc, "strlen") && ffi_library_symbol(libc, "strtol") &&
           VERSION_OF_MEMCPY(libc) && ffi_function_new(context, (void *)(uintptr_t)&abs, "int(int)");
}

static bool variadic_forms(void) {
    char buffer[8] = "";
    if (!print && !(print = ffi_library_function(libc, NULL, "int sprintf(char *, str, ...)"))) return false;
    ffi_function *form = ffi_function_variadic(print, "int, float");
    if (form)
        ffi_invoke(form, NULL, (ffi_value[]){{.ptr = buffer}, {.str = "%d %g"}, {.i32 = 1}, {.f32 = 2.5f}});
    return !strcmp(buffer, "1 2.5") && ffi_function_variadic(print, "long, struct a *, struct b *");
}

static bool batch(void) {
    enum { COUNT = 40 };
    static const char *const signatures[] = {"int(str)", "long f(int, long, i8)", "double(float, ...)",
                                             "void(ptr)"};
    static const char *const names[] = {"strlen", "atoi", "puts", "atol", "qsort", "bsearch", "free", "abs"};
    ffi_function            *functions[COUNT];
    ffi_binding              bindings[COUNT];
    for (int i = 0; i < COUNT; i++)
        bindings[i] = (ffi_binding){names[i & 7], signatures[i & 3], &functions[i], i & 1, FFI_ERROR_NONE};
    if (!ffi_library_bind(libc, bindings, COUNT)) return true;
    for (int i = 0; i < COUNT; i++)
        if (functions[i]) heap.wrong++;
    return false;
}

/* Errors allocate and free as well; they are expected, and only running out of memory is a failure. */
static bool errors(void) {
    static const char *const texts[] = {"int f(int (*)(int, foo))", "int (*x[3])(int", "int f(void, int)"};
    for (int i = 0; i < 3; i++)
        if (ffi_type_parse(context, texts[i]) || ffi_last_error() == FFI_ERROR_MEMORY) return false;
    if (ffi_library_open(context, "no_such_library", 0) || ffi_library_symbol(libc, "no_such_symbol"))
        return false;
    ffi_function *function;
    ffi_binding   bad[] = {{"abs", "int(int)", &function, 0, 0}, {"no_such", "int(int)", &function, 0, 0}};
    ffi_library_bind(libc, bad, 2);
    return bad[0].error == FFI_ERROR_NONE && bad[1].error == FFI_ERROR_SYMBOL;
}

static bool (*const steps[])(void) = {make_context,   small_types,    declarations,   types_without_text,
                                      open_libraries, bind_functions, variadic_forms, batch,
                                      errors,         many_types,     large_types};

/* Runs the script; a step that fails must say so, and is repeated once, with memory. False: it misbehaved. */
static bool run(size_t fail_at, bool and_later) {
    bool good = true, told = false;
    heap.refused = false;
    heap.count   = 0;
    heap.fail_at = fail_at, heap.and_later = and_later;
    for (size_t i = 0; good && i < sizeof steps / sizeof *steps; i++) {
        if (steps[i]()) continue;
        told         = true;
        good         = fail_at && (ffi_last_error() == FFI_ERROR_MEMORY || steps[i] == errors);
        heap.fail_at = 0, heap.and_later = false;
        if (!good) printf("#   step %zu: %s\n", i, ffi_last_message());
        if (good && !steps[i]()) good = false, printf("#   step %zu again: %s\n", i, ffi_last_message());
    }
    heap.fail_at = 0, heap.and_later = false;
    if (heap.refused && !told) good = false, printf("#   nobody was told that memory is out\n");
    ffi_context_free(context);
    context = NULL, libc = plain = NULL, print = NULL;
    if (heap.blocks || heap.bytes)
        good = false, printf("#   %zu blocks, %zu bytes are left\n", heap.blocks, heap.bytes);
    return good && !heap.wrong;
}

static void failing(void) {
    const char *every = getenv("STEP"); /* STEP=n: not each allocation fails, only every n-th */
    size_t      step  = every && atoi(every) > 0 ? (size_t)atoi(every) : 1;
    ok(run(0, false), "with enough memory the script works and leaves nothing");
    size_t count = heap.count, bad = 0;
    for (size_t n = 1; n <= count + 1; n += step) {
        if (!run(n, false) && ++bad < 5) printf("#   failing at allocation %zu of %zu\n", n, count);
        if (!run(n, true) && ++bad < 5) printf("#   failing from allocation %zu of %zu\n", n, count);
    }
    ok(!bad && count > 30, "failing at one in %zu of its %zu allocations does no harm", step, count);
    ok(!heap.wrong, "the allocator got its userdata, blocks and sizes back, one call at a time");
}

/* ---- how much ---- */

static void amounts(void) {
    enum { COUNT = 1000 };
    static ffi_function *functions[COUNT];
    ffi_context         *own = ffi_context_new(&options);
    ok(heap.bytes < 8192, "an empty context has %zu bytes, less than 8 KiB", heap.bytes);
    ffi_library *c = ffi_library_open(own, "c", 0);
    ffi_function_free(ffi_library_function(c, "abs", "int abs(int x)"));
    size_t before = heap.bytes;
    for (int i = 0; i < COUNT; i++) functions[i] = ffi_library_function(c, "abs", "int abs(int x)");
    size_t each = (heap.bytes - before) / COUNT;
    ok(functions[COUNT - 1] && each <= 96, "a function of a known signature takes %zu bytes, 96 or less", each);
    size_t most = heap.bytes;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT; i++) ffi_function_free(functions[i]);
        for (int i = 0; i < COUNT; i++) functions[i] = ffi_library_function(c, "abs", "int abs(int x)");
    }
    ok(heap.bytes <= most + 64 * each, "freed, its memory serves others");
    for (int i = 0; i < COUNT; i++) ffi_function_free(functions[i]);
    enum { RESTING = 100 }; /* rounds after which closed libraries take no more memory */
    int rounds = RESTING + fewer(COUNT - RESTING);
    for (int i = 0; i < rounds; i++) {
        ffi_type_parse(own, "int (*)(const char *, struct s *, ...)");
        ffi_type_parse(own, "int (*)(const char *, foo)");
        ffi_library_symbol(c, "strlen"), ffi_library_symbol(c, "no_such_symbol");
        ffi_library_close(ffi_library_open(own, "m", 0)), ffi_library_open(own, "no_such_library", 0);
        ffi_function_free(ffi_library_function(c, "abs", "int(foo, int)"));
        if (i == RESTING) before = heap.bytes;
    }
    ok(heap.bytes == before, "nothing grows when the same is done or fails again, %d times", rounds);
    ffi_context_free(own);
    ok(heap.blocks == 0 && !heap.wrong, "nothing is left");
}

int main(void) {
    failing();
    amounts();
    return done();
}
