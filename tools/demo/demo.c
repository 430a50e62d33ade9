/* SPDX-License-Identifier: MIT */
/*
 * The main program of the demo: runs each library of the table, shows calls and results, and counts them. A
 * library that is not installed gets one line. A wrong answer makes the exit status 1.
 */
#include "demo.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
    const char *right_mark, *wrong_mark;
    int         right, wrong, absent;
} shown = {.right_mark = "ok   ", .wrong_mark = "WRONG"};

/* ---- showing ---- */

/* Prints one line: whether the answer is right, the call, the result, and the expected one. */
static bool show(bool right, const char *call, va_list list, const char *got, const char *wanted) {
    char text[256];
    vsnprintf(text, sizeof text, call, list);
    printf("  %s  %-66s = %s", right ? shown.right_mark : shown.wrong_mark, text, got);
    if (right) puts("");
    else printf("   but it should be %s\n", wanted);
    ++*(right ? &shown.right : &shown.wrong);
    return right;
}

#define SHOW(right, got, wanted)                                                                               \
    va_list list;                                                                                              \
    va_start(list, call);                                                                                      \
    bool is_right = show(right, call, list, got, wanted);                                                      \
    va_end(list);                                                                                              \
    return is_right

bool show_integer(long long got, long long wanted, const char *call, ...) {
    char got_text[32], wanted_text[32];
    snprintf(got_text, sizeof got_text, "%lld", got);
    snprintf(wanted_text, sizeof wanted_text, "%lld", wanted);
    SHOW(got == wanted, got_text, wanted_text);
}

bool show_number(double got, double wanted, const char *call, ...) {
    char got_text[32], wanted_text[32];
    snprintf(got_text, sizeof got_text, "%.15g", got);
    snprintf(wanted_text, sizeof wanted_text, "%.15g", wanted);
    SHOW(fabs(got - wanted) <= 1e-15 * fabs(wanted), got_text, wanted_text);
}

bool show_word(const char *got, const char *wanted, const char *call, ...) {
    SHOW(!strcmp(got, wanted), got, wanted);
}

static const char *quote(char *buffer, size_t size, const char *text) {
    if (!text) return "NULL";
    snprintf(buffer, size, "\"%s\"", text);
    return buffer;
}

bool show_text(const char *got, const char *wanted, const char *call, ...) {
    char got_text[256], wanted_text[256];
    bool same = got && wanted ? !strcmp(got, wanted) : got == wanted;
    SHOW(same, quote(got_text, sizeof got_text, got), quote(wanted_text, sizeof wanted_text, wanted));
}

bool bind_these(ffi_library *library, ffi_binding *bindings, size_t count) {
    if (!ffi_library_bind(library, bindings, count)) return true;
    printf("  %s  %s\n", shown.wrong_mark, ffi_last_message());
    shown.wrong++;
    return false;
}

static ffi_context *context;

void *callback(const char *signature, ffi_handler *handler, void *userdata) {
    ffi_callback *made = ffi_callback_new(context, signature, handler, userdata);
    if (made) return ffi_callback_code(made);
    printf("  %s  %s\n", shown.wrong_mark, ffi_last_message());
    shown.wrong++;
    return NULL;
}

/* ---- the libraries ---- */

static ffi_library *find(const struct demo *one) {
    for (size_t i = 0; i < sizeof one->names / sizeof *one->names && one->names[i]; i++) {
        ffi_library *library = ffi_library_open(context, one->names[i], 0);
        if (library && ffi_library_symbol(library, one->symbol)) return library;
        ffi_library_close(library);
    }
    return NULL;
}

static void run(const struct demo *one) {
    ffi_library *library = find(one);
    if (library) {
        printf("\n%s, %s\n", one->title, ffi_library_name(library));
        one->run(library);
        ffi_library_close(library);
    } else {
        char where[256];
        where_from(one, where, sizeof where);
        printf("\n%s is not installed: none of its functions was called (%s)\n", one->title, where);
        shown.absent++;
    }
}

int main(void) {
    if (ready_output()) shown.right_mark = "✓", shown.wrong_mark = "✗";

    context = ffi_context_new(NULL);
    if (!context) return fprintf(stderr, "%s\n", ffi_last_message()), 1;
    printf("ffi_invoke %s calls the libraries of this machine\n", ffi_version());
    for (size_t i = 0; demos[i]; i++) run(demos[i]);
    ffi_context_free(context);

    printf("\n%d answers right, %d wrong", shown.right, shown.wrong);
    if (shown.absent) printf(", %d %s not installed", shown.absent, shown.absent > 1 ? "libraries" : "library");
    puts("");
    return shown.wrong || !shown.right;
}
