/* SPDX-License-Identifier: MIT */
/*
 * Callbacks, called by what the compiler makes of C: values of every kind go in and come out, in registers and
 * on the stack; variable arguments; signatures that are refused; questions about a callback. How long they live
 * is in t_callback_life.c, what comes after that in t_callback_late.c.
 */
#include "helper.h"

#include "callback_types.h"

#include <math.h>

static ffi_context *context;

/* ---- values of every kind ---- */

/* Integers and doubles that fill the registers of any ABI. */
#define FILL_TEXT  "i64,i64,i64,i64,i64,i64,i64,i64, f64,f64,f64,f64,f64,f64,f64,f64"
#define FILL_TYPES I8, I8, F8
#define I8         int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#define F8         double, double, double, double, double, double, double, double
#define FILL       -1, -2, -3, -4, -5, -6, -7, -8, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5
enum { FILLED = 16 };

struct echo {
    size_t size;
    bool   slot;
    int    called, wrong;
};

/* Gives its last argument back. */
static void give_back(struct echo *echo, void *result, const ffi_value *last) {
    echo->called++;
    memcpy(result, echo->slot ? (const void *)last : last->ptr, echo->size);
}

static void echo_first(void *result, const ffi_value *args, void *userdata) {
    give_back(userdata, result, args);
}

static void echo_behind(void *result, const ffi_value *args, void *userdata) {
    struct echo *echo = userdata;
    for (size_t i = 0; i < FILLED; i++)
        echo->wrong += i < 8 ? args[i].i64 != -(int64_t)i - 1 : args[i].f64 != (double)(i - 8) + 1.5;
    give_back(echo, result, &args[FILLED]);
}

static native_code *echo_code(struct echo *echo, ffi_handler *handler, const char *type, const char *before) {
    char text[600];
    snprintf(text, sizeof text, "%s (%s %s)", type, before, type);
    ffi_callback *callback = ffi_callback_new(context, text, handler, echo);
    if (!callback) printf("# %s: %s\n", text, ffi_last_message());
    const ffi_ctype *target = ffi_type_target(ffi_callback_signature(callback));
    echo->size              = ffi_type_size(target);
    echo->slot              = ffi_type_kind(target) <= FFI_KIND_POINTER;
    return callback ? native(callback) : (native_code *)0;
}

/* A value goes in as the first argument and as the last of seventeen, and comes back. */
#define ECHO(name, target, type, text, bytes, ...)                                                             \
    typedef type       name##_first(type);                                                                     \
    typedef type       name##_behind(I8, F8, type);                                                            \
    target static void echo_##name(void) {                                                                     \
        struct echo    one = {0}, two = {0};                                                                   \
        type           value  = __VA_ARGS__;                                                                   \
        name##_first  *first  = (name##_first *)echo_code(&one, echo_first, text, "");                         \
        name##_behind *behind = (name##_behind *)echo_code(&two, echo_behind, text, FILL_TEXT ",");            \
        if (!ok(first && behind, "a callback of %s is made", text)) return;                                    \
        type near = first(value);                                                                              \
        type far  = behind(FILL, value);                                                                       \
        ok(one.called == 1 && !memcmp(&near, &value, bytes), "%s goes through", text);                         \
        ok(two.called == 1 && !two.wrong && !memcmp(&far, &value, bytes), "%s does behind others", text);      \
    }
EACH_TYPE(ECHO)

static void echoes(void) {
#define CALL_ECHO(name, target, type, text, bytes, ...)                                                        \
    if (HAS_##target) echo_##name();                                                                           \
    else skip_one("this machine has no registers for %s", text);
    EACH_TYPE(CALL_ECHO)
}

/* ---- arguments that come together, and none ---- */

static void note_nothing(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args;
    ++*(int *)userdata;
}

static void mix(void *result, const ffi_value *args, void *userdata) {
    const struct mixed *mixed = args[3].ptr;
    const long double  *real  = args[9].ptr;
    struct large       *out   = result;
    (void)userdata;
    *out = (struct large){.a = {args[0].i8, args[1].u16, (int64_t)args[2].f32, mixed->a, (int64_t)mixed->b,
                                args[4].b, *(const int64_t *)args[5].ptr, (int64_t)*real}};
    out->a[7] += args[6].i32 + args[7].i32 + (int64_t)args[8].f64 + args[10].i8;
}

struct one_word {
    int64_t a;
};

static void together(void) {
    int           called = 0;
    ffi_callback *none   = ffi_callback_new(context, "void()", note_nothing, &called);
    ((void (*)(void))native(none))();
    ok(called == 1, "a callback without arguments and result is called");
    ffi_declare(context, "struct mixed { int64_t a; double b; }; struct large { int64_t a[8]; };"
                         "struct one_word { int64_t a; };");
    ffi_callback *many = ffi_callback_new(
        context,
        "struct large (i8, u16, float, struct mixed, bool, struct one_word, int, int, double, long double, i8)",
        mix, NULL);
    if (!ok(many, "a callback of ten types is made")) return;
    struct large (*call)(int8_t, uint16_t, float, struct mixed, bool, struct one_word, int, int, double,
                         long double, int8_t) =
        (struct large(*)(int8_t, uint16_t, float, struct mixed, bool, struct one_word, int, int, double,
                         long double, int8_t))native(many);
    struct large got = call(-3, 65535, 7.0F, (struct mixed){-4, 5.0}, true, (struct one_word){1LL << 40}, 10,
                            20, 300.0, 4000.0L, -1);
    static const int64_t wanted[8] = {-3, 65535, 7, -4, 5, 1, 1LL << 40, 4329};
    ok(!memcmp(got.a, wanted, sizeof wanted),
       "a callback gets arguments of ten types and returns a record in memory");
}

enum { MOST = FFI_MAX_ARGUMENTS };

static void sum(void *result, const ffi_value *args, void *userdata) {
    int64_t total = 0;
    (void)userdata;
    for (int i = 0; i < MOST; i++) total += args[i].i64 * (i + 1);
    memcpy(result, &total, sizeof total);
}

/* The most arguments there may be; the library itself calls. */
static void most_arguments(void) {
    static char      text[MOST * 5 + 16] = "i64(i64";
    static ffi_value args[MOST];
    int64_t          wanted = 0, got = 0;
    for (int i = 0; i < MOST; i++) args[i].i64 = i * 7 - 100, wanted += args[i].i64 * (i + 1);
    for (int i = 1; i < MOST; i++) strcat(text + 5 * i, ", i64");
    strcat(text, ")");
    ffi_callback *callback = ffi_callback_new(context, text, sum, NULL);
    ffi_function *function = ffi_function_new(context, ffi_callback_code(callback), text);
    if (function) ffi_invoke(function, &got, args);
    ok(function && got == wanted, "a callback gets %d arguments", MOST);
    strcpy(strrchr(text, ')'), ", i64)");
    fails(ffi_callback_new(context, text, sum, NULL), FFI_ERROR_RANGE, "1024");
}

/* As large as may be: one that is on the stack already is not copied again. */
struct huge {
    char a[500000];
};

static void last_of_huge(void *result, const ffi_value *args, void *userdata) {
    const struct huge *in = args[1].ptr;
    (void)userdata;
    memcpy(result, in, sizeof *in);
    ((struct huge *)result)->a[0] = in->a[sizeof in->a - 1];
}

static void huge(void) {
    static struct huge in, out;
    ffi_declare(context, "struct huge { char a[500000]; };");
    ffi_callback *callback = ffi_callback_new(context, "struct huge (int, struct huge)", last_of_huge, NULL);
    if (!ok(callback, "a callback with a record of half a megabyte is made")) return;
    in.a[sizeof in.a - 1] = 7, in.a[1000] = 8;
    out = ((struct huge(*)(int, struct huge))native(callback))(1, in);
    ok(out.a[0] == 7 && out.a[1000] == 8, "which comes and goes");
}

/* ---- variable arguments ---- */

static void take_variables(void *result, const ffi_value *args, void *userdata) {
    va_list list;
    char   *out = userdata;
    va_copy(list, *(va_list *)args[1].ptr);
    for (const char *kind = args[0].str; *kind; kind++) {
        out += strlen(out);
        switch (*kind) {
        case 'i': sprintf(out, " %d", va_arg(list, int)); break;
        case 'd': sprintf(out, " %g", va_arg(list, double)); break;
        case 'l': sprintf(out, " %Lg", va_arg(list, long double)); break;
        case 'p': {
            struct pair pair = va_arg(list, struct pair);
            sprintf(out, " {%g %g}", pair.a, pair.b);
        } break;
        case 'm': {
            struct mixed mixed = va_arg(list, struct mixed);
            sprintf(out, " {%ld %g}", (long)mixed.a, mixed.b);
        } break;
        case 'b': {
            struct large large = va_arg(list, struct large);
            sprintf(out, " {%ld..%ld}", (long)large.a[0], (long)large.a[7]);
        } break;
        }
    }
    va_end(list);
    *(int *)result = (int)strlen(userdata);
}

static void variables(void) {
    char               out[400] = "";
    const struct pair  pair     = {1.5, 2.5};
    const struct mixed mixed    = {-9, 0.125};
    const struct large large    = {{11, 0, 0, 0, 0, 0, 0, 18}};
    const char *const  wanted   = " 1 2 3 4 5 6 7";
    ffi_callback      *callback = ffi_callback_new(context, "int (const char *, ...)", take_variables, out);
    if (!ok(callback, "a variadic callback is made")) return;
    int (*call)(const char *, ...) = (int (*)(const char *, ...))native(callback);
    ok(call("iiiiiii", 1, 2, 3, 4, 5, 6, 7) == 14, "a variadic callback returns its result");
    is_text(out, wanted, "ints, beyond the registers");
    *out = 0;
    call("dididdddddddi", 0.5, 1, 1.5, 2, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 3);
    is_text(out, " 0.5 1 1.5 2 2.5 3.5 4.5 5.5 6.5 7.5 8.5 9.5 3", "ints and doubles, beyond the registers");
    *out = 0;
    call("ilid", 1, 2.25L, 3, 4.5);
    is_text(out, " 1 2.25 3 4.5", "long double");
    *out = 0;
    call("pmbpmbpmpmpi", pair, mixed, large, pair, mixed, large, pair, mixed, pair, mixed, pair, 5);
    is_text(out,
            " {1.5 2.5} {-9 0.125} {11..18} {1.5 2.5} {-9 0.125} {11..18} {1.5 2.5} {-9 0.125} {1.5 2.5}"
            " {-9 0.125} {1.5 2.5} 5",
            "structures in registers and in memory");
    *out = 0;
    call("");
    is_text(out, "", "none");
}

/* The list is one that native code takes: vsnprintf, called with it through the library. */
static void print_into(void *result, const ffi_value *args, void *userdata) {
    ffi_value values[4] = {args[12], args[13], args[14], args[15]};
    if (ffi_type_kind(ffi_type_parse(context, "va_list")) == FFI_KIND_POINTER)
        values[3].ptr = *(void **)args[15].ptr; /* and passed as one */
    ffi_invoke(userdata, result, values);
}

static void lists_for_others(void) {
    char          out[100] = "";
    void         *own      = (void *)(uintptr_t)&vsnprintf; /* the compiler's, which knows its long double */
    ffi_function *print    = ffi_function_new(context, own, "int (char *, size_t, const char *, ptr)");
    /* Named arguments on the stack too: 3 integers in registers and 9 doubles before them. */
    ffi_callback *callback = ffi_callback_new(
        context,
        "int (f64,f64,f64,f64,f64,f64,f64,f64,f64,f64, long double, i8, char *, size_t, const char *, ...)",
        print_into, print);
    if (!ok(print && callback, "a variadic callback with named arguments on the stack is made")) return;
    typedef int print_function(double, double, double, double, double, double, double, double, double, double,
                               long double, int8_t, char *, size_t, const char *, ...);
    int length = ((print_function *)native(callback))(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.0L, 12, out, sizeof out,
                                                      "%d %s %g %Lg %d %g", 1, "two", 3.5, 4.25L, 5, 6.0);
    is_text(out, "1 two 3.5 4.25 5 6", "vsnprintf takes the list");
    ok(length == 18, "the callback returns vsnprintf's result");
}

/* Named types behind the dots: the variable arguments of one call are slots. */
static void named_variables(void) {
    ffi_callback *callback =
        ffi_callback_new(context, "float (int, ..., float, i8)", echo_first, &(struct echo){.slot = true});
    ok(callback, "a signature that names its variable arguments");
}

/* ---- bad input, and questions ---- */

static void nothing(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

static void bad_input(void) {
    const ffi_ctype *number = ffi_type_parse(context, "int"), *good = ffi_type_parse(context, "int(int)");
    fails(ffi_callback_new(NULL, "int()", nothing, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_new: context is NULL");
    fails(ffi_callback_new(context, NULL, nothing, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_new: signature is NULL");
    fails(ffi_callback_new(context, "int()", NULL, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_new: handler is NULL");
    fails(ffi_callback_typed(NULL, good, nothing, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_typed: context is NULL");
    fails(ffi_callback_typed(context, NULL, nothing, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_typed: signature is NULL");
    fails(ffi_callback_typed(context, good, NULL, NULL), FFI_ERROR_ARGUMENT,
          "ffi_callback_typed: handler is NULL");
    fails(ffi_callback_typed(context, number, nothing, NULL), FFI_ERROR_TYPE, "not a signature");
    fails(ffi_callback_new(context, "int(", nothing, NULL), FFI_ERROR_SYNTAX, "column");
    fails(ffi_callback_new(context, "", nothing, NULL), FFI_ERROR_SYNTAX, "");
    fails(ffi_callback_new(context, "int", nothing, NULL), FFI_ERROR_SYNTAX, "not a signature");
    fails(ffi_callback_new(context, "int(int, no_such_type)", nothing, NULL), FFI_ERROR_TYPE, "no_such_type");
    fails(ffi_callback_new(context, "int(struct unknown)", nothing, NULL), FFI_ERROR_TYPE, "unknown");
    fails(ffi_callback_new(context, "struct { char a[2000000]; } ()", nothing, NULL), FFI_ERROR_RANGE, "");

    ffi_callback *callback = ffi_callback_new(context, "int(int)", nothing, NULL);
    int           value    = 3;
    returns_error(ffi_callback_default(NULL, &value), FFI_ERROR_ARGUMENT,
                  "ffi_callback_default: callback is NULL");
    returns_error(ffi_callback_default(callback, NULL), FFI_ERROR_ARGUMENT,
                  "ffi_callback_default: value is NULL");
    ffi_callback_free(callback);
    returns_error(ffi_callback_default(callback, &value), FFI_ERROR_ARGUMENT, "freed before");
    ffi_callback_free(NULL);
    ok(!ffi_callback_code(NULL) && !ffi_callback_signature(NULL) && !ffi_callback_userdata(NULL) &&
           !ffi_context_late_calls(NULL),
       "queries of a NULL callback return NULL or 0");
}

/* ABIs whose callbacks this build cannot make say so. */
static void other_abis(void) {
    for (size_t i = 0; ffi_abi_name(i); i++) {
        ffi_context  *other    = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(i)});
        int           called   = 0;
        ffi_callback *callback = ffi_callback_new(other, "void()", note_nothing, &called);
        if (callback) {
            ok(ffi_callback_code(callback), "a callback of ABI %s has code", ffi_abi_name(i));
        } else {
            ok(ffi_last_error() == FFI_ERROR_UNSUPPORTED && strstr(ffi_last_message(), ffi_abi_name(i)),
               "ABI %s: %s", ffi_abi_name(i), ffi_last_message());
        }
        ffi_context_free(other);
    }
    ffi_callback *windows = ffi_callback_new(context, "int (int) __attribute__((ms_abi))", nothing, NULL);
    ok(windows || (ffi_last_error() == FFI_ERROR_UNSUPPORTED && strstr(ffi_last_message(), "win64")),
       "ms_abi: %s", windows ? "can be made" : ffi_last_message());
}

static void questions(void) {
    int              here;
    ffi_context     *other = ffi_context_new(NULL);
    const ffi_ctype *f64 = ffi_type_scalar(context, FFI_KIND_F64), *params[2] = {f64, f64};
    const ffi_ctype *signature = ffi_type_signature(context, f64, params, 2, FFI_NOT_VARIADIC);
    ffi_callback    *typed     = ffi_callback_typed(context, signature, nothing, &here);
    ffi_callback    *written   = ffi_callback_new(context, "double f(double, double)", nothing, NULL);
    ok(typed && written && typed != written, "ffi_callback_typed makes a callback without text");
    ok(ffi_callback_signature(typed) == signature && ffi_callback_signature(written) == signature,
       "each callback has its signature");
    ok(ffi_callback_userdata(typed) == &here && !ffi_callback_userdata(written),
       "each callback has its userdata");
    ok(ffi_callback_code(typed) && ffi_callback_code(typed) != ffi_callback_code(written),
       "each callback has code of its own");
    ok(((double (*)(double, double))native(typed))(1, 2) == 0, "what is not written is 0");
    fails(ffi_callback_typed(other, signature, nothing, NULL), FFI_ERROR_ARGUMENT, "context");
    ffi_context_free(other);
}

/* Results of records in registers and in memory, which the native caller may have aligned as little as a char. */
static void unwritten(void) {
    int wrong = 0;
    for (int size = 1; size <= 300; size++) {
        char          signature[64];
        unsigned char memory[320], expected[320];
        snprintf(signature, sizeof signature, "struct { char a[%d]; } f(int)", size);
        ffi_callback *callback = ffi_callback_new(context, signature, nothing, NULL);
        ffi_function *function = ffi_function_new(context, ffi_callback_code(callback), signature);
        for (int at = 1; at < 16; at += at) {
            memset(memory, 0xa5, sizeof memory);
            memset(expected, 0xa5, sizeof expected);
            memset(expected + at, 0, (size_t)size);
            ffi_invoke(function, memory + at, (ffi_value[]){{.i32 = 1}});
            wrong += memcmp(memory, expected, sizeof memory) != 0;
        }
        ffi_function_free(function);
        ffi_callback_free(callback);
    }
    ok(!wrong, "a result that the handler does not write is zero, and no byte beside it: %d wrong", wrong);
}

/* Records whose typedef asks for more alignment than their place on the stack has. */

struct over_aligned {
    size_t size;
    int    first, calls, wrong;
    _Alignas(16) unsigned char bytes[2][48];
};

static void take_over_aligned(void *result, const ffi_value *args, void *userdata) {
    struct over_aligned *seen = userdata;
    (void)result;
    seen->calls++;
    for (int i = 0; i < 2; i++)
        seen->wrong += memcmp(args[seen->first + i].ptr, seen->bytes[i], seen->size) != 0;
}

/* Two of them behind `words` integers and a record. */
static void pass_over_aligned(struct over_aligned *seen, const char *name, int words) {
    int64_t   three[3] = {1, 2, 3};
    char      signature[200];
    ffi_value args[16] = {{0}};
    int       length   = snprintf(signature, sizeof signature, "void(");
    for (int i = 0; i < words; i++) length += snprintf(signature + length, sizeof signature - 9, "i64, ");
    snprintf(signature + length, sizeof signature - (size_t)length, "struct { i64 a, b, c; }, %s, %s)", name,
             name);
    args[words].ptr     = three;
    args[words + 1].ptr = seen->bytes[0];
    args[words + 2].ptr = seen->bytes[1];
    seen->first         = words + 1;
    for (int i = 0; i < 48; i++) {
        seen->bytes[0][i] = (unsigned char)(7 * i + 3);
        seen->bytes[1][i] = (unsigned char)(5 * i + 1);
    }
    ffi_callback *callback = ffi_callback_new(context, signature, take_over_aligned, seen);
    ffi_function *function = ffi_function_new(context, ffi_callback_code(callback), signature);
    if (function) ffi_invoke(function, NULL, args);
    ffi_function_free(function);
    ffi_callback_free(callback);
}

static void over_aligned(void) {
    struct over_aligned seen  = {0};
    int                 calls = 0;
    for (seen.size = 1; seen.size <= 40; seen.size++) {
        for (int alignment = 2; alignment <= 16; alignment *= 2) {
            char text[200], name[32];
            snprintf(name, sizeof name, "over%zu_%d", seen.size, alignment);
            snprintf(text, sizeof text,
                     "typedef struct { char c[%zu]; } %s __attribute__((aligned(%d)));"
                     "typedef struct { %s x[%zu]; } %s_r __attribute__((aligned(%d)));",
                     seen.size, name, alignment, seen.size % 8 ? "char" : "double",
                     seen.size % 8 ? seen.size : seen.size / 8, name, alignment);
            if (ffi_declare(context, text)) printf("# %s\n", ffi_last_message());
            for (int words = 0; words < 10; words++, calls += 2) {
                pass_over_aligned(&seen, name, words);
                pass_over_aligned(&seen, strcat(name, "_r"), words);
                name[strlen(name) - 2] = 0;
            }
        }
    }
    ok(seen.calls == calls && !seen.wrong,
       "records with a typedef's alignment come as they are: %d of %d, %d wrong", seen.calls, calls,
       seen.wrong);
}

int main(void) {
    context = ffi_context_new(NULL);
    if (ffi_declare(context, TYPES_TEXT)) printf("# %s\n", ffi_last_message());
    echoes();
    together();
    most_arguments();
    huge();
    variables();
    lists_for_others();
    named_variables();
    bad_input();
    other_abis();
    questions();
    unwritten();
    over_aligned();
    ffi_context_free(context);
    return done();
}
