/* SPDX-License-Identifier: MIT */
/* What libffi's functions answer in cases that programs rely on, one line each. The machine's libffi and ours
 * have to print the same. */
#include <ffi.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH(type) ((unsigned)sizeof(type))

static void say(const char *what, long answer) {
    printf("%s: %ld\n", what, answer);
}

/* ---- statuses and layouts ---- */

static ffi_type *record(ffi_type **elements) {
    static ffi_type types[64];
    static int      used;
    ffi_type       *type = &types[used++];
    *type                = (ffi_type){0, 0, FFI_TYPE_STRUCT, elements};
    return type;
}

static ffi_status prepare(ffi_type *result, ffi_type *argument) {
    ffi_cif   cif;
    ffi_type *arguments[] = {argument};
    return ffi_prep_cif(&cif, FFI_DEFAULT_ABI, argument ? 1 : 0, result, arguments);
}

static void statuses(void) {
    ffi_cif   cif;
    ffi_type *none[] = {NULL}, *pair[] = {&ffi_type_uint8, &ffi_type_double, NULL};
    ffi_type *hole[] = {record(none), NULL}, *nested[] = {&ffi_type_uint8, record(pair), &ffi_type_uint8, NULL};
    ffi_type  preset = {12, 4, FFI_TYPE_STRUCT, pair}, unknown = {8, 8, 77, NULL},
             bare        = {0, 0, FFI_TYPE_STRUCT, NULL};
    ffi_type *outer      = record(nested);
    size_t    offsets[4] = {9, 9, 9, 9};
    say("no such ABI", ffi_prep_cif(&cif, (ffi_abi)99, 0, &ffi_type_void, NULL));
    say("the ABI before the first", ffi_prep_cif(&cif, FFI_FIRST_ABI, 0, &ffi_type_void, NULL));
    say("the ABI after the last", ffi_prep_cif(&cif, FFI_LAST_ABI, 0, &ffi_type_void, NULL));
    say("no arguments", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, &ffi_type_void, NULL));
    say("an empty record", prepare(&ffi_type_void, record(none)));
    say("an empty record as the result", prepare(record(none), NULL));
    say("an empty record within a record", prepare(&ffi_type_void, record(hole)));
    say("a record without elements", prepare(&ffi_type_void, &bare));
    say("an unknown type as the result", prepare(&unknown, NULL));
    say("void as a parameter", prepare(&ffi_type_void, &ffi_type_void));
    say("a record", prepare(&ffi_type_void, outer));
    say("its size", (long)outer->size), say("its alignment", outer->alignment);
    say("a preset size", prepare(&ffi_type_void, &preset));
    say("is kept", (long)preset.size), say("with its alignment", preset.alignment);
    say("offsets", ffi_get_struct_offsets(FFI_DEFAULT_ABI, record(nested), offsets));
    for (int i = 0; i < 3; i++) say("offset", (long)offsets[i]);
    say("offsets without room for them", ffi_get_struct_offsets(FFI_DEFAULT_ABI, record(nested), NULL));
    say("offsets of an integer", ffi_get_struct_offsets(FFI_DEFAULT_ABI, &ffi_type_sint, offsets));
    say("offsets of another ABI", ffi_get_struct_offsets((ffi_abi)99, outer, offsets));
    say("a preset size laid out", ffi_get_struct_offsets(FFI_DEFAULT_ABI, &preset, offsets));
    say("is replaced", (long)preset.size);
}

static ffi_status variable(ffi_type *type) {
    ffi_cif   cif;
    ffi_type *arguments[] = {&ffi_type_pointer, type};
    return ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, 1, 2, &ffi_type_sint, arguments);
}

static void variable_arguments(void) {
    ffi_type *small[] = {&ffi_type_uint8, NULL};
    say("a variable float", variable(&ffi_type_float));
    say("a variable double", variable(&ffi_type_double));
    say("a variable char", variable(&ffi_type_schar));
    say("a variable short", variable(&ffi_type_ushort));
    say("a variable int", variable(&ffi_type_sint));
    say("a variable record of a byte", variable(record(small)));
    say("a variable long double", variable(&ffi_type_longdouble));
    ffi_cif     cif;
    char        text[64];
    const char *format = "%s %d %.2f %ld", *word = "text";
    char       *to     = text;
    size_t      size   = sizeof text;
    int         number = -7;
    double      real   = 2.5;
    long        large  = 1L << 40;
    ffi_arg     result;
    ffi_type   *types[]  = {&ffi_type_pointer, &ffi_type_ulong,  &ffi_type_pointer, &ffi_type_pointer,
                            &ffi_type_sint,    &ffi_type_double, &ffi_type_slong};
    void       *values[] = {&to, &size, &format, &word, &number, &real, &large};
    say("snprintf prepared", ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, 3, 7, &ffi_type_sint, types));
    ffi_call(&cif, FFI_FN(snprintf), &result, values);
    say(text, (long)result);
}

/* ---- results ---- */

static int8_t minus_one_8(void) {
    return -1;
}
static uint8_t large_8(void) {
    return 200;
}
static int16_t minus_one_16(void) {
    return -1;
}
static uint16_t large_16(void) {
    return 60000;
}
static int32_t minus_one_32(void) {
    return -1;
}
static uint32_t large_32(void) {
    return 4000000000;
}
static float half(void) {
    return 0.5f;
}
static long double third(void) {
    return 1.0L / 3;
}
static void nothing(void) {
}

struct three {
    char bytes[3];
};
struct twelve {
    int32_t a;
    float   b;
    int32_t c;
};
static struct three three_bytes(void) {
    return (struct three){"ab"};
}
static struct twelve twelve_bytes(void) {
    return (struct twelve){1, 2, 3};
}

/* The bytes that a call writes: the rest stays as it was. */
static void result(const char *what, ffi_type *type, void (*function)(void)) {
    ffi_cif                    cif;
    _Alignas(16) unsigned char at[40];
    memset(at, 0xee, sizeof at);
    if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, type, NULL) != FFI_OK) return;
    ffi_call(&cif, function, at, NULL);
    printf("%s:", what);
    for (size_t i = 0; i < sizeof at; i++) printf(" %02x", at[i]);
    printf("\n");
    ffi_call(&cif, function, NULL, NULL);
}

static void results(void) {
    ffi_type *bytes[]  = {&ffi_type_schar, &ffi_type_schar, &ffi_type_schar, NULL};
    ffi_type *twelve[] = {&ffi_type_sint32, &ffi_type_float, &ffi_type_sint32, NULL};
    result("int8_t", &ffi_type_sint8, FFI_FN(minus_one_8));
    result("uint8_t", &ffi_type_uint8, FFI_FN(large_8));
    result("int16_t", &ffi_type_sint16, FFI_FN(minus_one_16));
    result("uint16_t", &ffi_type_uint16, FFI_FN(large_16));
    result("int32_t", &ffi_type_sint32, FFI_FN(minus_one_32));
    result("uint32_t", &ffi_type_uint32, FFI_FN(large_32));
    result("float", &ffi_type_float, FFI_FN(half));
    result("long double", &ffi_type_longdouble, FFI_FN(third));
    result("void", &ffi_type_void, FFI_FN(nothing));
    result("a record of 3 bytes", record(bytes), FFI_FN(three_bytes));
    result("a record of 12 bytes", record(twelve), FFI_FN(twelve_bytes));
}

/* ---- closures ---- */

static void add(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    (void)cif;
    *(ffi_arg *)to = *(int *)arguments[0] + *(int *)arguments[1] + *(int *)userdata;
}

static void add_raw(ffi_cif *cif, void *to, ffi_raw *arguments, void *userdata) {
    (void)cif;
    *(ffi_arg *)to = arguments[0].sint + arguments[1].sint + *(int *)userdata;
}

static void add_java(ffi_cif *cif, void *to, ffi_java_raw *arguments, void *userdata) {
    (void)cif;
    *(ffi_sarg *)to = arguments[0].sint + arguments[2].sint + *(int *)userdata;
}

static void closures(void) {
    ffi_cif   cif;
    ffi_type *types[] = {&ffi_type_sint, &ffi_type_sint}, *wide[] = {&ffi_type_slong, &ffi_type_slong};
    int       hundred = 100;
    void     *code    = NULL;
    say("no place for the code", ffi_closure_alloc(sizeof(ffi_closure), NULL) != NULL);
    ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, types);
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure + 1000, &code);
    memset(closure + 1, 0x5a, 1000);
    say("a closure", ffi_prep_closure_loc(closure, &cif, add, &hundred, code));
    say("called", ((int (*)(int, int))(uintptr_t)code)(3, 4));
    say("its cif", closure->cif == &cif), say("its function", closure->fun == add),
        say("its data", closure->user_data == &hundred);
    ffi_closure_free(closure);
    ffi_raw_closure *raw = ffi_closure_alloc(sizeof *raw, &code);
    say("a raw closure", ffi_prep_raw_closure_loc(raw, &cif, add_raw, &hundred, code));
    say("called", ((int (*)(int, int))(uintptr_t)code)(5, 6));
    ffi_closure_free(raw);
    ffi_java_raw_closure *java = ffi_closure_alloc(sizeof *java, &code);
    ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_slong, wide);
    say("a closure of Java's form", ffi_prep_java_raw_closure_loc(java, &cif, add_java, &hundred, code));
    say("called", ((long (*)(long, long))(uintptr_t)code)(7, -8));
    ffi_closure_free(java);
    say("bytes of raw arguments", (long)ffi_raw_size(&cif));
    say("bytes in Java's form", (long)ffi_java_raw_size(&cif));
}

/* ---- arguments in words ---- */

struct point {
    double x, y;
};

static long weigh(signed char a, unsigned short b, int c, float d, double e, struct point f, long g, void *h) {
    return a + 2L * b + 3L * c + (long)(4 * d) + (long)(5 * e) + (long)(6 * f.x + 7 * f.y) + 8 * g +
           9 * *(int *)h;
}

static long weigh_java(int a, long b, float c, double d, int e) {
    return a + 2L * b + (long)(3 * c) + (long)(4 * d) + 5L * e;
}

static void words(void) {
    ffi_type   *doubles[] = {&ffi_type_double, &ffi_type_double, NULL};
    ffi_type   *types[]   = {&ffi_type_schar,  &ffi_type_ushort, &ffi_type_sint,  &ffi_type_float,
                             &ffi_type_double, record(doubles),  &ffi_type_slong, &ffi_type_pointer};
    ffi_type   *plain[] = {&ffi_type_sint, &ffi_type_slong, &ffi_type_float, &ffi_type_double, &ffi_type_sint};
    signed char a       = -1;
    unsigned short b    = 60000;
    int            c = -7, h = 5;
    float          d    = 1.5f;
    double         e    = -2.25;
    struct point   f    = {3, 4};
    long           g    = 1L << 40;
    void          *at_h = &h, *values[] = {&a, &b, &c, &d, &e, &f, &g, &at_h}, *again[8];
    void          *of_java[] = {&c, &g, &d, &e, &h};
    ffi_raw        raw[16]   = {{0}};
    ffi_java_raw   java[16]  = {{0}};
    ffi_cif        cif;
    ffi_arg        result = 0;
    say("eight arguments", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 8, &ffi_type_slong, types));
    say("bytes of words", (long)ffi_raw_size(&cif));
    ffi_ptrarray_to_raw(&cif, values, raw);
    ffi_raw_call(&cif, FFI_FN(weigh), &result, raw);
    say("called by words", (long)result);
    ffi_raw_to_ptrarray(&cif, raw, again);
    ffi_call(&cif, FFI_FN(weigh), &result, again);
    say("called by pointers to them", (long)result);
    say("the record is where it was", again[5] == (void *)&f);
    say("five arguments", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 5, &ffi_type_slong, plain));
    say("bytes in Java's form", (long)ffi_java_raw_size(&cif));
    ffi_java_ptrarray_to_raw(&cif, of_java, java);
    ffi_java_raw_call(&cif, FFI_FN(weigh_java), &result, java);
    say("called in Java's form", (long)result);
    ffi_java_raw_to_ptrarray(&cif, java, again);
    ffi_call(&cif, FFI_FN(weigh_java), &result, again);
    say("called by pointers to that", (long)result);
    for (int i = 0; i < 8; i++) say("word", (long)java[i].uint & 0xffffffff);
}

/* ---- no limits ---- */

enum { ARGUMENTS = 3000, BYTES = 3 << 20, DEPTH = 500 };

static void sum_all(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    long sum = 0;
    (void)userdata;
    for (unsigned i = 0; i < cif->nargs; i++) sum += *(long *)arguments[i];
    *(ffi_sarg *)to = sum;
}

static void last_byte(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    (void)userdata;
    *(ffi_sarg *)to = ((signed char *)arguments[0])[cif->arg_types[0]->size - 1];
}

static long call_closure(ffi_cif *cif, void (*handler)(ffi_cif *, void *, void **, void *), void **arguments) {
    void        *code;
    ffi_sarg     result  = -1;
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    if (ffi_prep_closure_loc(closure, cif, handler, NULL, code) == FFI_OK)
        ffi_call(cif, FFI_FN((uintptr_t)code), &result, arguments);
    ffi_closure_free(closure);
    return result;
}

static void sizes(void) {
    static long      numbers[ARGUMENTS];
    static ffi_type *types[ARGUMENTS], *eights[BYTES / 8 + 1], levels[DEPTH], *inner[DEPTH][2];
    static void     *values[ARGUMENTS];
    ffi_type         large = {0, 0, FFI_TYPE_STRUCT, eights};
    ffi_cif          cif;
    for (int i = 0; i < ARGUMENTS; i++) numbers[i] = i, types[i] = &ffi_type_slong, values[i] = &numbers[i];
    for (int i = 0; i < BYTES / 8; i++) eights[i] = &ffi_type_slong;
    say("many arguments", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, ARGUMENTS, &ffi_type_slong, types));
    say("their sum", call_closure(&cif, sum_all, values));
    types[0]         = &large;
    char *bytes      = calloc(1, BYTES);
    bytes[BYTES - 1] = 77;
    values[0]        = bytes;
    say("a large record", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_slong, types));
    say("its last byte", call_closure(&cif, last_byte, values));
    free(bytes);
    for (int i = 0; i < DEPTH; i++) {
        inner[i][0] = i ? &levels[i - 1] : &ffi_type_slong;
        levels[i]   = (ffi_type){0, 0, FFI_TYPE_STRUCT, inner[i]};
    }
    types[0]  = &levels[DEPTH - 1];
    values[0] = &numbers[7];
    say("records in records", ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_slong, types));
    say("the size", (long)levels[DEPTH - 1].size);
    say("the value", call_closure(&cif, sum_all, values));
}

int main(void) {
    say("ffi_cif", WIDTH(ffi_cif)), say("ffi_type", WIDTH(ffi_type)), say("ffi_closure", WIDTH(ffi_closure));
    say("ffi_raw_closure", WIDTH(ffi_raw_closure)), say("ffi_go_closure", WIDTH(ffi_go_closure));
    say("the default ABI", FFI_DEFAULT_ABI);
    statuses();
    variable_arguments();
    results();
    closures();
    words();
    sizes();
    return 0;
}
