/* SPDX-License-Identifier: MIT */
/*
 * Two libraries with libffi's interface call each other: cross ONE OTHER SEED COUNT [odd] [new]
 *
 * For each of COUNT random signatures one library's ffi_call() calls a closure of the other, and the other way
 * round; the closure is from ffi_closure_alloc(), in executable memory of the program's, or Go's. Every byte of each argument and result has to arrive, so both place them alike. Statuses, sizes and
 * alignments of aggregates are compared too. With `odd` some aggregates have preset sizes and alignments; with
 * `new` there are types that libffi 3.4 does not have. Prints each signature of which something differs, and
 * the counts; fails if anything does.
 */
#define _GNU_SOURCE
#include <ffi.h>

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ARGUMENTS = 24, ELEMENTS = 6, DEPTH = 3, BYTES = 1024 };

/* ---- the libraries ---- */

struct library {
    ffi_status (*prep_cif)(ffi_cif *, ffi_abi, unsigned, ffi_type *, ffi_type **);
    void (*call)(ffi_cif *, void (*)(void), void *, void **);
    void *(*closure_alloc)(size_t, void **);
    void (*closure_free)(void *);
    ffi_status (*prep_closure_loc)(ffi_closure *, ffi_cif *, void (*)(ffi_cif *, void *, void **, void *),
                                   void *, void *);
    ffi_status (*prep_go_closure)(ffi_go_closure *, ffi_cif *, void (*)(ffi_cif *, void *, void **, void *));
    void (*call_go)(ffi_cif *, void (*)(void), void *, void **, void *);
};

static void *symbol(void *handle, const char *name) {
    void *address = dlsym(handle, name);
    if (!address) fprintf(stderr, "%s\n", dlerror()), exit(2);
    return address;
}

static struct library open_library(const char *path) {
    struct library library;
    void          *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) fprintf(stderr, "%s\n", dlerror()), exit(2);
    *(void **)&library.prep_cif         = symbol(handle, "ffi_prep_cif");
    *(void **)&library.call             = symbol(handle, "ffi_call");
    *(void **)&library.closure_alloc    = symbol(handle, "ffi_closure_alloc");
    *(void **)&library.closure_free     = symbol(handle, "ffi_closure_free");
    *(void **)&library.prep_closure_loc = symbol(handle, "ffi_prep_closure_loc");
    *(void **)&library.prep_go_closure  = symbol(handle, "ffi_prep_go_closure");
    *(void **)&library.call_go          = symbol(handle, "ffi_call_go");
    return library;
}

/* Of many records and numbers, libffi on AArch64 lets the copies of the former and the latter overlap. */
#ifdef __aarch64__
enum { FEW = 5, MANY = 5 };
#else
enum { FEW = 8, MANY = ARGUMENTS };
#endif

/* ---- random ---- */

static uint64_t state;

static uint64_t next(void) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z          = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned below(unsigned n) {
    return (unsigned)(next() % n);
}

/* ---- types ---- */

static bool odd, newer;

static const ffi_type scalars[] = {
    {1, 1, FFI_TYPE_UINT8, NULL},    {1, 1, FFI_TYPE_SINT8, NULL},  {2, 2, FFI_TYPE_UINT16, NULL},
    {2, 2, FFI_TYPE_SINT16, NULL},   {4, 4, FFI_TYPE_UINT32, NULL}, {4, 4, FFI_TYPE_SINT32, NULL},
    {8, 8, FFI_TYPE_UINT64, NULL},   {8, 8, FFI_TYPE_SINT64, NULL}, {8, 8, FFI_TYPE_POINTER, NULL},
    {4, 4, FFI_TYPE_FLOAT, NULL},    {8, 8, FFI_TYPE_DOUBLE, NULL}, {16, 16, FFI_TYPE_LONGDOUBLE, NULL},
    {16, 16, FFI_TYPE_UINT128, NULL}};

enum { SCALARS = sizeof scalars / sizeof *scalars, OLD_SCALARS = SCALARS - 1 };

static const char *const names[] = {"void", "int",      "f32",  "f64",  "long double", "u8",  "i8",
                                    "u16",  "i16",      "u32",  "i32",  "u64",         "i64", "{",
                                    "ptr",  "_Complex", "u128", "i128", "vector"};

/* Types are made for each library, from the same numbers, in memory that the next signature uses again. */
static char   pool[1 << 20];
static size_t used;

static void *grab(size_t size) {
    void *memory = pool + used;
    used += (size + 15) & ~(size_t)15;
    if (used > sizeof pool) abort();
    return memset(memory, 0, size);
}

static ffi_type *make_type(unsigned depth);

static ffi_type *make_scalar(void) {
    unsigned n = below(newer ? SCALARS : OLD_SCALARS);
    return memcpy(grab(sizeof(ffi_type)), &scalars[n], sizeof(ffi_type));
}

static ffi_type *make_complex(void) {
    static const ffi_type forms[] = {
        {8, 4, FFI_TYPE_COMPLEX, NULL}, {16, 8, FFI_TYPE_COMPLEX, NULL}, {32, 16, FFI_TYPE_COMPLEX, NULL}};
    unsigned  n       = below(3);
    ffi_type *type    = memcpy(grab(sizeof *type), &forms[n], sizeof *type);
    type->elements    = grab(2 * sizeof *type->elements);
    type->elements[0] = memcpy(grab(sizeof *type), &scalars[9 + n], sizeof *type);
    return type;
}

static ffi_type *make_vector(void) {
    ffi_type *type = grab(sizeof *type),
             *lane = memcpy(grab(sizeof *lane), &scalars[below(2) ? 9 : 4], sizeof *lane);
    unsigned count = below(2) ? 2 : 4;
    type->type     = FFI_TYPE_VECTOR;
    type->elements = grab((count + 1) * sizeof *type->elements);
    for (unsigned i = 0; i < count; i++) type->elements[i] = lane;
    return type;
}

/* Sizes and alignments that a program may have set: packed to 1, 2 or 4, aligned to more, or without the last
 * elements. */
static void preset(ffi_type *type) {
    size_t   natural = 0, most = 1, pack = (size_t)1 << below(3), size = 0, last = 0;
    unsigned how    = below(FEW == MANY ? 2 : 4); /* on AArch64 libffi counts members by the size */
    bool     scalar = false;
    for (ffi_type **at = type->elements; *at; at++) {
        size_t alignment = (*at)->alignment, bytes = (*at)->size;
        if (!bytes) return; /* not known before it is prepared */
        size_t packed = alignment < pack ? alignment : pack;
        scalar        = !(*at)->elements;
        last          = (natural + alignment - 1) & ~(alignment - 1);
        natural       = last + bytes;
        size          = ((size + packed - 1) & ~(packed - 1)) + bytes;
        if (alignment > most) most = alignment;
    }
    size_t whole = (natural + most - 1) & ~(most - 1);
    if (how == 0) type->size = size, type->alignment = (unsigned short)(most < pack ? most : pack);
    else if (how == 1) type->size = whole, type->alignment = (unsigned short)most;
    else if (how == 2)
        type->size = (natural + 2 * most - 1) & ~(2 * most - 1), type->alignment = (unsigned short)(2 * most);
    else type->size = last && scalar ? last : whole, type->alignment = (unsigned short)most;
}

static ffi_type *make_record(unsigned depth) {
    ffi_type *type  = grab(sizeof *type);
    unsigned  count = 1 + below(below(3) ? 3 : ELEMENTS);
    type->type      = FFI_TYPE_STRUCT;
    type->elements  = grab((count + 1) * sizeof *type->elements);
    for (unsigned i = 0; i < count; i++) type->elements[i] = make_type(depth + 1);
    if (odd && below(3) == 0) preset(type);
    return type;
}

static ffi_type *make_type(unsigned depth) {
    unsigned n = below(20);
    if (n < 6 && depth < DEPTH) return make_record(depth);
    if (n == 6) return make_complex();
    if (n == 7 && newer) return make_vector();
    return make_scalar();
}

static void print_type(const ffi_type *type) {
    printf("%s", names[type->type]);
    if (type->elements) {
        if (type->type != FFI_TYPE_STRUCT) printf("(");
        for (ffi_type **at = type->elements; *at; at++)
            printf(at == type->elements ? "" : " "), print_type(*at);
        printf(type->type == FFI_TYPE_STRUCT ? "}%zu,%u" : ")", type->size, type->alignment);
    }
}

/* The bytes of a value that count: not padding. */
static void mark(const ffi_type *type, size_t at, size_t end, uint8_t *bytes) {
    if (type->type == FFI_TYPE_STRUCT) {
        size_t inner = at;
        if (at + type->size < end) end = at + type->size;
        for (ffi_type **next = type->elements; *next; next++) {
            size_t alignment = (*next)->alignment < type->alignment ? (*next)->alignment : type->alignment;
            inner            = at + ((inner - at + alignment - 1) & ~(alignment - 1));
            mark(*next, inner, end, bytes);
            inner += (*next)->size;
        }
    } else {
        bool   wide = type->type == FFI_TYPE_LONGDOUBLE && FFI_DEFAULT_ABI == 2 /* the x87's */;
        bool   pair = type->type == FFI_TYPE_COMPLEX && type->size == 32 && FFI_DEFAULT_ABI == 2;
        size_t size = type->size;
        for (size_t i = 0; i < size; i++)
            if (at + i < end && i < BYTES) bytes[at + i] = (!wide && !pair) || i % 16 < 10;
    }
}

/* ---- signatures ---- */

struct signature {
    ffi_cif   cif;
    ffi_type *result, *arguments[ARGUMENTS];
    unsigned  count;
};

static void make_signature(struct signature *signature) {
    signature->count = below(8) ? below(FEW) : below(MANY);
    signature->result =
        below(8) ? make_type(0)
                 : memcpy(grab(sizeof(ffi_type)), &(ffi_type){1, 1, FFI_TYPE_VOID, NULL}, sizeof(ffi_type));
    for (unsigned i = 0; i < signature->count; i++) signature->arguments[i] = make_type(0);
}

static void print_signature(const struct signature *signature) {
    printf("ABI %u: ", signature->cif.abi);
    print_type(signature->result);
    printf(" (");
    for (unsigned i = 0; i < signature->count; i++) printf(i ? ", " : ""), print_type(signature->arguments[i]);
    printf(")\n");
}

static bool same_layout(const ffi_type *a, const ffi_type *b) {
    if (a->size != b->size || a->alignment != b->alignment || a->type != b->type) return false;
    for (size_t i = 0; a->elements && a->elements[i]; i++)
        if (!same_layout(a->elements[i], b->elements[i])) return false;
    return true;
}

static bool too_large(const struct signature *signature) {
    bool large = signature->result->size > BYTES;
    for (unsigned i = 0; i < signature->count; i++) large |= signature->arguments[i]->size > BYTES;
    return large;
}

/* ---- where libffi is known to be wrong ---- */

#ifdef __x86_64__
/* psABI 3.2.3: such a result is in st(0), or in xmm0 as a whole. libffi takes it from two registers. */
static bool is_placed_else(const ffi_type *type, bool is_result) {
    if (type->type != FFI_TYPE_STRUCT || type->size != 16 || !is_result) return false;
    while (type->type == FFI_TYPE_STRUCT) type = type->elements[0];
    return type->type == FFI_TYPE_LONGDOUBLE || (type->type == FFI_TYPE_VECTOR && type->size == 16);
}
#else
/* Whether a record has a vector, and what is not like its first member. */
static bool has_vector(const ffi_type *type) {
    if (type->type != FFI_TYPE_STRUCT) return type->type == FFI_TYPE_VECTOR;
    ffi_type **at = type->elements;
    while (*at && !has_vector(*at)) at++;
    return *at;
}

static bool is_of_first(const ffi_type *type, const ffi_type **first) {
    bool same = true;
    if (type->type == FFI_TYPE_STRUCT)
        for (ffi_type **at = type->elements; *at; at++) same &= is_of_first(*at, first);
    else if (!*first) *first = type;
    else same = type->type == (*first)->type && type->size == (*first)->size;
    if (same && type->type == FFI_TYPE_VECTOR) same = type->elements[0]->type == (*first)->elements[0]->type;
    return same;
}

/* AAPCS64 C.10: such an argument begins with an even register. libffi takes the next one. AAPCS64 5.9.5.2: vectors of one
 * size are alike, whatever their lanes, and what has anything else is no record of vectors. libffi 3.8 compares the lanes, but
 * within a record not the sizes. */
static bool is_placed_else(const ffi_type *type, bool is_result) {
    const ffi_type *first = NULL;
    if (type->size <= 64 && has_vector(type) && !is_of_first(type, &first)) return true;
    return type->type == FFI_TYPE_STRUCT && type->size == 16 && type->alignment == 16 && !is_result;
}
#endif

/* libffi aligns no argument to more than the stack is: 16 bytes. */
static bool is_aligned_to_more(const ffi_type *type) {
    return type->alignment > 16;
}

/* libffi takes the fields of a packed record to lie where they would without packing. psABI 3.2.3: if one is
 * unaligned, the record is in memory. */
static bool is_packed(const ffi_type *type, size_t begin) {
    size_t at = begin, natural = begin;
    if (type->type == FFI_TYPE_COMPLEX) type = type->elements[0];
    if (type->type != FFI_TYPE_STRUCT) return begin % type->size;
    for (ffi_type **next = type->elements; *next; next++) {
        size_t own = (*next)->alignment, alignment = own < type->alignment ? own : type->alignment;
        at      = begin + ((at - begin + alignment - 1) & ~(alignment - 1));
        natural = (natural + own - 1) & ~(own - 1);
        if (at != natural || is_packed(*next, at)) return true;
        at += (*next)->size;
        natural += (*next)->size;
    }
    return false;
}

/* libffi takes a long double that Microsoft's ABI returns from st(0). No compiler does: Microsoft's has 8 bytes, gcc's returns it
 * in memory under that ABI, as FFI_GNUW64 has it. */
static bool is_of_no_compiler(const struct signature *signature) {
#ifdef __x86_64__
    return signature->cif.abi == FFI_WIN64 && signature->result->type == FFI_TYPE_LONGDOUBLE;
#else
    (void)signature;
    return false;
#endif
}

static bool is_known(const struct signature *signature) {
    bool known = is_placed_else(signature->result, true) || is_packed(signature->result, 0) ||
                 is_of_no_compiler(signature);
    for (unsigned i = 0; i < signature->count; i++)
        known |= is_placed_else(signature->arguments[i], false) ||
                 is_aligned_to_more(signature->arguments[i]) || is_packed(signature->arguments[i], 0);
    return known;
}

/* ---- calls ---- */

static _Alignas(64) uint8_t sent[ARGUMENTS][BYTES], answer[BYTES];
static const char *wrong;
static void       *executable; /* memory for a closure; NULL: the system gives none that is writable too */
static char        which[64];

static bool same_value(const ffi_type *type, const uint8_t *a, const uint8_t *b) {
    uint8_t counts[BYTES] = {0};
    mark(type, 0, type->size, counts);
    for (size_t i = 0; i < type->size; i++)
        if (counts[i] && a[i] != b[i]) return false;
    return true;
}

static void receive(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    (void)userdata;
    for (unsigned i = 0; i < cif->nargs; i++)
        if (!same_value(cif->arg_types[i], arguments[i], sent[i]) && !wrong)
            snprintf(which, sizeof which, "argument %u", i), wrong = which;
    if (cif->rtype->type == FFI_TYPE_VOID) return;
    bool integer =
        cif->rtype->type != FFI_TYPE_FLOAT && cif->rtype->type != FFI_TYPE_STRUCT && cif->rtype->size < 8;
    memcpy(result, answer, integer ? 8 : cif->rtype->size);
}

/* What a result of less than 8 bytes becomes. */
static void widen(const ffi_type *type, uint8_t *value) {
    int64_t  word = 0;
    uint64_t bits;
    memcpy(&bits, value, 8);
    switch (type->type) {
    case FFI_TYPE_UINT8: word = (uint8_t)bits; break;
    case FFI_TYPE_SINT8: word = (int8_t)bits; break;
    case FFI_TYPE_UINT16: word = (uint16_t)bits; break;
    case FFI_TYPE_SINT16: word = (int16_t)bits; break;
    case FFI_TYPE_UINT32: word = (uint32_t)bits; break;
    case FFI_TYPE_SINT32: word = (int32_t)bits; break;
    default: return;
    }
    memcpy(value, &word, 8);
}

static void fill(void *memory, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)memory)[i] = (uint8_t)next();
}

/* A library may have left something in the x87's registers. */
static void clear_x87(void) {
#ifdef __x86_64__
    __asm__ volatile("fninit");
#endif
}

/* Calls a closure of the callee, which is made and freed. False: it cannot be made. */
static bool pass(const struct library *caller, struct signature *from, const struct library *callee,
                 struct signature *to, void *got, void **arguments) {
    void          *code, *own = NULL;
    ffi_go_closure go;
    ffi_closure   *closure = NULL;
    unsigned       kind    = below(executable ? 4 : 3);
    if (kind == 0) {
        if (callee->prep_go_closure(&go, &to->cif, receive) != FFI_OK) return false;
        clear_x87();
        caller->call_go(&from->cif, (void (*)(void))(uintptr_t)go.tramp, got, arguments, &go);
        return true;
    }
    if (kind == 3) closure = code = memset(executable, 0, sizeof *closure);
    else closure = own = callee->closure_alloc(sizeof *closure, &code);
    if (!closure || callee->prep_closure_loc(closure, &to->cif, receive, NULL, code) != FFI_OK) return false;
    clear_x87();
    caller->call(&from->cif, (void (*)(void))(uintptr_t)code, got, arguments);
    if (own) callee->closure_free(own);
    return true;
}

static const char *try_call(const struct library *caller, struct signature *from, const struct library *callee,
                            struct signature *to) {
    static _Alignas(64) uint8_t got[BYTES + 16], wanted[BYTES];
    void                       *arguments[ARGUMENTS];
    wrong = NULL;
    for (unsigned i = 0; i < from->count; i++) fill(sent[i], from->arguments[i]->size), arguments[i] = sent[i];
    fill(answer, sizeof answer);
    memset(got, 0xa5, sizeof got);
    if (!pass(caller, from, callee, to, got, arguments)) return "no closure";
    if (wrong) return wrong;
    if (from->result->type == FFI_TYPE_VOID) return NULL;
    memcpy(wanted, answer, sizeof wanted);
    widen(from->result, wanted);
    size_t size    = from->result->size;
    bool   integer = from->result->type != FFI_TYPE_FLOAT && from->result->type != FFI_TYPE_STRUCT &&
                   from->result->type != FFI_TYPE_COMPLEX && size < 8;
    if (integer ? memcmp(got, wanted, 8) != 0 : !same_value(from->result, got, wanted)) return "result";
    for (size_t i = integer ? 8 : size; i < sizeof got; i++)
        if (got[i] != 0xa5) return "bytes behind the result";
    return NULL;
}

/* ---- the comparison ---- */

static unsigned differing, judged, contradicting;

static void differ(unsigned n, const char *how, const char *what, const struct signature *signature) {
    differing++;
    printf("#%u %s: %s: ", n, how, what);
    print_signature(signature);
}

static void compare(unsigned n, const struct library *one, struct signature *a, const struct library *other,
                    struct signature *b) {
    if (is_known(a)) {
        judged++; /* a result may be in memory for one only: such a call could crash */
        return;
    }
    const char *how = "one calls the other", *what = try_call(one, a, other, b);
    if (!what) how = "the other calls one", what = try_call(other, b, one, a);
    if (!what) return;
    char text[64];
    snprintf(text, sizeof text, "%s", what);
    bool itself = false; /* a wrong register may have the right byte by chance */
    for (int i = 0; i < 8 && !itself; i++) itself = try_call(one, a, one, a) != NULL;
    if (itself) contradicting++;
    else differ(n, how, text, a);
}

/* Three times: the first makes it known, the second may keep it where the third finds it. */
static ffi_status prepare(const struct library *library, ffi_abi abi, struct signature *of) {
    ffi_status status = FFI_OK;
    for (unsigned i = 0; i < 3; i++)
        status |= library->prep_cif(&of->cif, abi, of->count, of->result, of->arguments);
    return status;
}

int main(int argc, char **argv) {
    static const ffi_abi abis[] = {FFI_DEFAULT_ABI
#ifdef __x86_64__
                                   ,
                                   FFI_GNUW64, FFI_WIN64
#endif
    };
    if (argc < 5) return fprintf(stderr, "usage: cross ONE OTHER SEED COUNT [odd] [new]\n"), 2;
    struct library one = open_library(argv[1]), other = open_library(argv[2]);
    uint64_t       seed  = strtoull(argv[3], NULL, 0);
    bool           all   = false;
    unsigned       count = (unsigned)strtoul(argv[4], NULL, 0), called = 0, refused = 0;
    for (int i = 5; i < argc; i++) odd |= !strcmp(argv[i], "odd"), all |= !strcmp(argv[i], "new");
    setvbuf(stdout, NULL, _IOLBF, 0);
    executable = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (executable == MAP_FAILED) executable = NULL;
    for (unsigned n = 0; n < count; n++) {
        struct signature a = {.count = 0}, b = {.count = 0};
        state          = seed + n * 1000003ull;
        used           = 0;
        ffi_abi abi    = abis[below(4) ? 0 : below(sizeof abis / sizeof *abis)];
        newer          = all && abi == FFI_DEFAULT_ABI; /* the Windows ABI of libffi 3.8 aborts for vectors */
        uint64_t again = state;
        make_signature(&a);
        state = again;
        make_signature(&b);
        ffi_status first  = prepare(&one, abi, &a);
        ffi_status second = prepare(&other, abi, &b);
        bool       same   = same_layout(a.result, b.result);
        for (unsigned i = 0; i < a.count; i++) same &= same_layout(a.arguments[i], b.arguments[i]);
        if (first != second) differ(n, "prepared", "status", &a);
        else if (!same) differ(n, "prepared", "layout", &a);
        else if (first != FFI_OK) refused++;
        else if (!too_large(&a)) compare(n, &one, &a, &other, &b), called++;
    }
    printf("seed %llu: %u signatures, %u called, %u refused by both; %u known to differ, %u of which one "
           "contradicts "
           "itself, %u differ\n",
           (unsigned long long)seed, count, called, refused, judged, contradicting, differing);
    return differing != 0;
}
