/* SPDX-License-Identifier: MIT */
/*
 * Functions of the C library called for real; variadic forms; errno kept; results written with exactly their
 * size; functions made from parts; freeing in any order.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>

static ffi_context *context;
static ffi_library *libc;

#ifdef _WIN32
#define PRINT "_snprintf" /* all that msvcrt.dll has, and it lacks fma() */
#else
#define PRINT "snprintf"
#endif

#define ARGS(...) ((ffi_value[]){__VA_ARGS__})

static ffi_function *bind(const char *signature) {
    ffi_function *function = ffi_library_function(libc, NULL, signature);
    if (!function) printf("Bail out! %s: %s\n", signature, ffi_last_message()), exit(1);
    return function;
}

/* ---- real calls ---- */

static void integers(void) {
    size_t length = 0;
    ffi_invoke(bind("size_t strlen(const char *)"), &length, ARGS({.str = "twelve bytes"}));
    ok(length == 12, "strlen");
    int32_t i = 0;
    ffi_invoke(bind("int toupper(int)"), &i, ARGS({.i32 = 'q'}));
    ok(i == 'Q', "toupper returns 'Q'");
    ffi_invoke(bind("int memcmp(ptr, ptr, usize)"), &i, ARGS({.str = "abc"}, {.str = "abd"}, {.u64 = 2}));
    ok(i == 0, "memcmp compares two bytes");
    long  number = 0;
    char *end    = NULL;
    ffi_invoke(bind("long strtol(str, char **, int)"), &number,
               ARGS({.str = "-7fz"}, {.ptr = &end}, {.i32 = 16}));
    ok(number == -0x7f && end && *end == 'z', "strtol");
    char          buffer[32] = "";
    const char   *kept       = buffer;
    ffi_function *copy       = bind("char *strcpy(char *, const char *)");
    ffi_invoke(copy, &kept, ARGS({.ptr = buffer}, {.str = "copied"}));
    ok(kept == buffer && !strcmp(buffer, "copied"), "strcpy");
    ffi_invoke(bind("str getenv(str)"), &kept, ARGS({.str = "NO_SUCH_VARIABLE_HERE"}));
    ok(kept == NULL, "getenv of nothing is NULL");
}

static void floats(void) {
    ffi_library *libm  = ffi_library_open(context, "m", 0);
    double       d     = 0;
    float        f     = 0;
    char        *end   = NULL;
    int          power = 0;
    ffi_invoke(ffi_library_function(libm, "cos", "f64(f64)"), &d, ARGS({.f64 = 1}));
    ok(d == cos(1), "cos");
    ffi_invoke(ffi_library_function(libm, "powf", "float(float, float)"), &f, ARGS({.f32 = 2.5f}, {.f32 = 2}));
    ok(f == 6.25f, "powf");
    ffi_function *fused = ffi_library_function(libm, "fma", "double(double, double, double)");
    if (fused) ffi_invoke(fused, &d, ARGS({.f64 = 3}, {.f64 = 4}, {.f64 = 5}));
    if (!fused && !strcmp(PRINT, "_snprintf")) skip_one("this C library has no fma()");
    else ok(d == 17, "fma");
    ffi_invoke(ffi_library_function(libm, "ldexp", "double(double, int)"), &d, ARGS({.f64 = 3}, {.i32 = 4}));
    ok(d == 48, "ldexp");
    ffi_invoke(ffi_library_function(libm, "frexp", "double(double, ptr)"), &d,
               ARGS({.f64 = 48}, {.ptr = &power}));
    ok(d == 0.75 && power == 6, "frexp");
    ffi_invoke(bind("double strtod(const char *, char **)"), &d, ARGS({.str = "2.5e3 rest"}, {.ptr = &end}));
    ok(d == 2500 && end && !strcmp(end, " rest"), "strtod");
    ffi_library_close(libm);
}

/* ---- variadic ---- */

static void variadic(void) {
    char          out[200] = "";
    int           length   = 0;
    ffi_function *print    = bind("int " PRINT "(char *, size_t, const char *, ...)");
    ffi_function *mixed =
        ffi_function_variadic(print, "int, double, str, i64, float, i8, u16, char, _Bool, u8");
    if (!ok(mixed != NULL, "a variadic form of snprintf is made")) return;
    ffi_value slots[13];
    memset(slots, 0xa5, sizeof slots); /* what is above a narrow value may be anything */
    slots[0].ptr = out, slots[1].u64 = sizeof out, slots[2].str = "%d %g %s %lld %g %d %d %c %d %d";
    slots[3].i32 = -42, slots[4].f64 = 2.5, slots[5].str = "text", slots[6].i64 = INT64_MIN,
    slots[7].f32 = -0.5f;
    slots[8].i8 = -7, slots[9].u16 = 65535, slots[10].i8 = 'x', slots[11].b = true, slots[12].u8 = 200;
    ffi_invoke(mixed, &length, slots);
    is_text(out, "-42 2.5 text -9223372036854775808 -0.5 -7 65535 x 1 200", "snprintf promotes as C does");
    ok(length == (int)strlen(out), "snprintf returns the length");
    *out = 0;
    void *pointers[13];
    for (int i = 0; i < 13; i++) pointers[i] = &slots[i];
    ffi_invoke_pointers(mixed, &length, pointers);
    is_text(out, "-42 2.5 text -9223372036854775808 -0.5 -7 65535 x 1 200", "the same by pointers");

    ok(ffi_function_variadic(print, "double, int") == ffi_function_variadic(print, " double  x ,int y "),
       "a list of types has one form");
    ok(ffi_function_variadic(print, "double, int") != ffi_function_variadic(print, "int, double"),
       "another has another");
    ffi_function *plain = ffi_function_variadic(print, "");
    ok(plain && plain == ffi_function_variadic(print, "  "), "no further arguments are a list too");
    slots[2].str = "nothing else";
    ffi_invoke(plain, NULL, slots);
    is_text(out, "nothing else", "and can be called");
    slots[2].str = "the variadic function itself";
    ffi_invoke(print, NULL, slots);
    is_text(out, "the variadic function itself", "as can the function they are forms of");
    const ffi_ctype *type = ffi_function_signature(mixed);
    ok(ffi_type_fixed_count(type) == 3 && ffi_type_parameter_count(type) == 13 && ffi_type_is_variadic(type),
       "a form's signature lists all");
    ok(ffi_function_address(mixed) == ffi_function_address(print),
       "a variadic form has the function's address");
    is_text(ffi_function_name(mixed), PRINT, "a variadic form has the function's name");
    ok(ffi_function_variadic(mixed, "int") &&
           ffi_function_variadic(mixed, "int") == ffi_function_variadic(print, "int"),
       "a form of a variadic form is one of the original function");
    ok(ffi_function_library(mixed) == ffi_function_library(print),
       "a variadic form has the function's library");

    ffi_function *doubles = ffi_function_variadic(print, "f64,f64,f64,f64,f64,f64,f64,f64,f64,f64");
    slots[2].str          = "%g%g%g%g%g%g%g%g%g%g";
    for (int i = 0; i < 10; i++) slots[3 + i].f64 = i;
    ffi_invoke(doubles, NULL, slots);
    is_text(out, "0123456789", "ten doubles, more than registers");
    ffi_function *sum =
        ffi_function_new(context, ffi_function_address(print), "int(ptr, size_t, str, ..., int)");
    slots[2].str = "%d", slots[3].i32 = 77;
    ffi_invoke(sum, NULL, slots);
    is_text(out, "77", "a signature that lists one call's arguments");
    ffi_function_free(doubles); /* a form alone */
    ok(ffi_function_variadic(print, "f64,f64,f64,f64,f64,f64,f64,f64,f64,f64") != NULL,
       "a freed form is made again");
    ffi_function_free(print); /* with all its forms */
}

/* ---- errno ---- */

/* By the Windows ABI a variable double is in both registers of its position, which the stubs for slots load
 * anyway. What a function calls is compared with what a function without a `...` calls. */
static void windows_variadic(void) {
    static const char *const pairs[][2] = {
        {"int f(str, ..., double, int, double)", "int f(str, double, int, double)"},
        {"void f(double, ..., double)", "void f(double, double)"},
        {"double f(float, ..., int)", "double f(float, int)"},
        {"int f(str, ..., double, double, double, double, double)",
         "int f(str, double, double, double, double, double)"},
        {"int f(str, ..., struct { int a, b; }, double)", "int f(str, struct { int a, b; }, double)"},
        {"int f(_Float16, double)", "int f(short, double)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[2][128];
        for (int k = 0; k < 2; k++)
            snprintf(text[k], sizeof text[k], "__attribute__((ms_abi)) %s", pairs[i][k]);
        ffi_function *dotted = ffi_function_new(context, context, text[0]); /* is not called */
        ffi_function *plain  = ffi_function_new(context, context, text[1]);
        if (!dotted && ffi_last_error() == FFI_ERROR_UNSUPPORTED) skip_one("%s", ffi_last_message());
        else
            ok(dotted && plain && dotted->stub.store == plain->stub.store &&
                   dotted->stub_result == plain->stub_result,
               "%s is called by the stub of %s", pairs[i][0], pairs[i][1]);
    }
}

static void *captures_apart(void *function) {
    int at_first = ffi_captured_errno();
    ffi_invoke(function, NULL, ARGS({.str = "/no/such/file"}, {.i32 = 0}));
    return (void *)(intptr_t)(at_first == 0 && ffi_captured_errno() == ENOENT);
}

static void capture(void) {
    ffi_function *close_  = bind("int " POSIX_NAME("close") "(int)"),
                 *access_ = bind("int " POSIX_NAME("access") "(str, int)");
    pthread_t thread;
    void     *good   = NULL;
    int       result = 0;
    ok(ffi_captured_errno() == 0, "nothing is captured at first");
    ffi_invoke(close_, &result, ARGS({.i32 = -1}));
    ok(result == -1 && ffi_captured_errno() == 0, "a function without the flag captures nothing");
    ok(ffi_function_capture(close_, FFI_CAPTURE_ERRNO) == FFI_ERROR_NONE,
       "ffi_function_capture turns capturing on");
    ffi_invoke(close_, &result, ARGS({.i32 = -1}));
    errno = EPERM;
    ffi_type_parse(context, "no_such_type");
    ffi_library_open(context, "no_such_library", 0);
    ok(ffi_captured_errno() == EBADF, "errno as the call left it, whatever happens to errno later");
    ffi_function_capture(access_, FFI_CAPTURE_ERRNO);
    pthread_create(&thread, NULL, captures_apart, access_);
    pthread_join(thread, &good);
    ok(good && ffi_captured_errno() == EBADF, "each thread has its own");
    void *pointers[2] = {&(const char *){"/no/such/file"}, &(int){0}};
    ffi_invoke_pointers(access_, NULL, pointers);
    ok(ffi_captured_errno() == ENOENT, "ffi_invoke_pointers captures errno");
    ok(ffi_function_capture(access_, 0) == FFI_ERROR_NONE, "ffi_function_capture turns capturing off");
    ffi_invoke(access_, NULL, ARGS({.str = ""}, {.i32 = -1}));
    ffi_invoke(close_, &result, ARGS({.i32 = -1}));
    ffi_invoke(access_, NULL, ARGS({.str = "/no/such/file"}, {.i32 = 0}));
    ok(ffi_captured_errno() == EBADF, "a function that captures no more leaves it alone");

    ffi_invoke_pointers(access_, NULL, pointers);
    ok(ffi_captured_errno() == EBADF, "ffi_invoke_pointers leaves the captured errno when capturing is off");
    ffi_function *open_ = bind("int " POSIX_NAME("open") "(str, int, ...)");
    ffi_function_capture(open_, FFI_CAPTURE_ERRNO);
    ffi_invoke(ffi_function_variadic(open_, "u16"), &result,
               ARGS({.str = "/no/such/file"}, {.i32 = O_RDONLY}, {.u16 = 0}));
    ok(result < 0 && ffi_captured_errno() == ENOENT, "variadic forms inherit the flag");
}

/* ---- results ---- */

/* Gives back its argument; the compiler makes the code. */
#define GIVE(name, T)                                                                                          \
    static T give_##name(T x) {                                                                                \
        return x;                                                                                              \
    }
GIVE(i8, int8_t)
GIVE(u8, uint8_t)
GIVE(i16, int16_t)
GIVE(u16, uint16_t)
GIVE(i32, int32_t)
GIVE(u32, uint32_t)
GIVE(i64, int64_t)
GIVE(u64, uint64_t)
GIVE(bool, bool)
GIVE(float, float)
GIVE(double, double)
GIVE(ptr, void *)

static int given;

static void give_void(int x) {
    given = x;
}

/* Calls the function all ways, with `size` bytes of `value` as argument; the bytes around the result stay. */
static void exact(const char *type, void *address, size_t size, uint64_t value) {
    char signature[64];
    snprintf(signature, sizeof signature, "%s(%s)", type, type);
    ffi_function *function = ffi_function_new(context, address, signature);
    ffi_value     slot;
    int           wrong = 0;
    for (int way = 0; way < 4; way++) {
        unsigned char bytes[24], wanted[24];
        memset(&slot, 0x5a, sizeof slot); /* above the value is junk */
        memcpy(&slot, &value, size);
        memset(bytes, 0xee, sizeof bytes), memset(wanted, 0xee, sizeof wanted);
        memcpy(wanted + 8, &value, size);
        ffi_function_capture(function, way & 2 ? FFI_CAPTURE_ERRNO : 0);
        if (way & 1) ffi_invoke_pointers(function, bytes + 8, (void *[]){&slot});
        else ffi_invoke(function, bytes + 8, &slot);
        wrong += memcmp(bytes, wanted, sizeof bytes) != 0;
        if (way & 1) ffi_invoke_pointers(function, NULL, (void *[]){&slot});
        else ffi_invoke(function, NULL, &slot);
    }
    ok(!wrong, "%s is written with its %zu bytes, and a NULL result with none", type, size);
    ffi_function_free(function);
}

static void results(void) {
#define EXACT(type, name, T, value) exact(type, (void *)(uintptr_t)&give_##name, sizeof(T), value)
    EXACT("i8", i8, int8_t, 0x81), EXACT("u8", u8, uint8_t, 0xfe), EXACT("bool", bool, bool, 1);
    EXACT("i16", i16, int16_t, 0x8001), EXACT("u16", u16, uint16_t, 0xfffe);
    EXACT("i32", i32, int32_t, 0x80000001), EXACT("u32", u32, uint32_t, 0xfffffffe);
    EXACT("i64", i64, int64_t, 0x8000000000000001), EXACT("u64", u64, uint64_t, 0xfffffffffffffffe);
    EXACT("float", float, float, 0xbfc00001), EXACT("double", double, double, 0xbff8000000000001);
    EXACT("ptr", ptr, void *, 0x123456789abc), EXACT("enum e", i32, int32_t, 0x80000001);
    unsigned char untouched[8] = "1234567";
    ffi_invoke(ffi_function_new(context, (void *)(uintptr_t)&give_void, "void(int)"), untouched,
               ARGS({.i32 = 9}));
    ok(given == 9 && !memcmp(untouched, "1234567", 8), "void writes nothing");

    /* By pointers no byte behind an argument is read: each lies at the end of its memory. */
    ffi_function *narrow = ffi_function_new(context, (void *)(uintptr_t)&give_i16, "i16(i16)");
    int16_t      *last = malloc(sizeof *last), result = 0;
    *last = -3;
    ffi_invoke_pointers(narrow, &result, (void *[]){last});
    ok(result == -3, "exactly the size of an argument is read (a sanitizer or valgrind watches)");
    free(last);
}

/* ---- from parts, and questions ---- */

static void parts(void) {
    const ffi_ctype *i32   = ffi_type_scalar(context, FFI_KIND_I32),
                    *f64   = ffi_type_scalar(context, FFI_KIND_F64);
    void         *address  = ffi_library_symbol(libc, "abs");
    int           result   = 0;
    ffi_function *function = ffi_function_of(context, address, i32, &i32, 1);
    ffi_invoke(function, &result, ARGS({.i32 = -3}));
    ok(result == 3, "a function made by ffi_function_of is called");
    ok(ffi_function_address(function) == address && !*ffi_function_name(function),
       "it has its address and no name");
    ok(ffi_function_signature(function) == ffi_type_signature(context, i32, &i32, 1, FFI_NOT_VARIADIC),
       "its signature is interned");
    const ffi_ctype *pointer = ffi_type_parse(context, "void(*)(int)"),
                    *none[]  = {ffi_type_parse(context, "void")};
    ok(ffi_function_of(context, address, pointer, NULL, 0) != NULL, "a result may be a function pointer");
    fails(ffi_function_of(context, address, i32, none, 1), FFI_ERROR_TYPE, "void");
    fails(ffi_function_of(context, address, ffi_type_parse(context, "struct s"), &f64, 1), FFI_ERROR_TYPE,
          "struct s");
    fails(ffi_function_of(context, address, ffi_type_parse(context, "int(int)"), &f64, 1), FFI_ERROR_TYPE,
          "result");

    const ffi_ctype *many[FFI_MAX_ARGUMENTS];
    for (int i = 0; i < FFI_MAX_ARGUMENTS; i++) many[i] = i & 1 ? i32 : f64;
    ok(ffi_function_of(context, address, i32, many, FFI_MAX_ARGUMENTS) != NULL, "1,024 parameters");
    ffi_function *named = ffi_library_function(libc, "abs", "int another_name(int)");
    is_text(ffi_function_name(named), "abs", "the name given wins over the signature's");
}

static void *count_bytes(void *userdata, void *block, size_t old_size, size_t new_size) {
    *(size_t *)userdata += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

/* Functions freed in three orders, with a context that ends while some are left. */
static void order_of_freeing(void) {
    enum { COUNT = 60 };
    size_t        bytes = 0;
    ffi_function *functions[COUNT];
    ffi_context  *own = ffi_context_new(&(ffi_options){.allocate = count_bytes, .userdata = &bytes});
    ffi_library  *lib = ffi_library_open(own, "c", 0);
    for (int order = 0; order < 3; order++) {
        for (int i = 0; i < COUNT; i++) {
            functions[i] = ffi_library_function(lib, "printf", i % 3 ? "int(str, ...)" : "int(str, ..., int)");
            ffi_function_variadic(functions[i], "int, int"), ffi_function_variadic(functions[i], "double");
        }
        int left = order == 2 ? 10 : 0; /* for the context to free */
        for (int i = 0; i < COUNT - left; i++)
            ffi_function_free(functions[order == 0 ? i : order == 1 ? COUNT - 1 - i : i * 7 % COUNT]);
    }
    ffi_library_close(lib);
    ok(bytes > 0, "the context's allocator counts");
    ffi_context_free(own);
    ok(!bytes, "functions freed in every order, and by the context, leave no byte");
}

/* ---- what is bound without text, and names ---- */

static int callee_kept(int value) {
    errno = value;
    return value;
}

static void typed(void) {
    const ffi_ctype *params[] = {ffi_type_scalar(context, FFI_KIND_I32),
                                 ffi_type_scalar(context, FFI_KIND_F64)};
    const ffi_ctype *text     = ffi_type_pointer_to(context, ffi_type_scalar(context, FFI_KIND_I8));
    const ffi_ctype *all[]    = {text, ffi_type_scalar(context, FFI_KIND_U64), text, params[0], params[1]};
    ffi_function    *function = ffi_function_typed(context, (void *)(uintptr_t)snprintf,
                                                   ffi_type_signature(context, params[0], all, 5, 3));
    char             buffer[32];
    int              length = 0;
    ffi_invoke(function, &length,
               (ffi_value[]){{.ptr = buffer}, {.u64 = 32}, {.str = "%d %.2f"}, {.i32 = 7}, {.f64 = 2.5}});
    ok(length == 6 && !strcmp(buffer, "7 2.50"), "a variadic call that is made without text");
    ok(!ffi_function_typed(context, (void *)(uintptr_t)snprintf, text) && ffi_last_error() == FFI_ERROR_TYPE,
       "what is no signature cannot be bound");

    ffi_function *named = ffi_function_new(context, (void *)(uintptr_t)callee_kept, "int my_name(int)");
    ok(!strcmp(ffi_function_name(named), "my_name"), "a signature's name is the function's");

    ffi_function *variadic = ffi_function_new(context, (void *)(uintptr_t)callee_kept, "int(int, ...)");
    ffi_function *form     = ffi_function_variadic(variadic, "int");
    ffi_function_capture(variadic, FFI_CAPTURE_ERRNO);
    ffi_invoke(form, NULL, (ffi_value[]){{.i32 = 33}, {.i32 = 0}});
    ok(ffi_captured_errno() == 33, "capture reaches the forms that were made before");
}

/* ---- the symbol that languages without C's inline functions call ---- */

#undef ffi_invoke_pointers

static double scaled(double number, int factor) {
    return number * factor;
}

static void by_symbol(void) {
    int           value = -5, result = 0;
    double        product = 0;
    ffi_function *scale   = ffi_function_new(context, (void *)(uintptr_t)scaled, "double(double, int)");
    ffi_invoke_pointers(bind("int abs(int)"), &result, (void *[]){&value});
    ok(result == 5, "ffi_invoke_pointers is a symbol, too");
    ffi_invoke_pointers(scale, &product, (void *[]){&(double){1.5}, &value});
    ok(product == -7.5, "it passes both kinds of arguments");
    ffi_function_free(scale);
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    integers();
    floats();
    variadic();
    windows_variadic();
    capture();
    results();
    parts();
    order_of_freeing();
    typed();
    by_symbol();
    ffi_context_free(context);
    return done();
}
