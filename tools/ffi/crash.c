/* SPDX-License-Identifier: MIT */
/*
 * What a command says of a crash of native code: the signal, the function, and what the accessed address is to an
 * argument. The process that crashes says where it was, because only it has the libraries and the arguments. Its parent
 * prints that.
 */
#include "crash.h"
#include "complain.h"
#include "variable.h"

#include <stdarg.h>
#include <string.h>

enum { NULL_PAGE = 4096 };

static const struct arguments *current; /* of the call that runs; NULL between calls */

int crash_watch(int (*run)(void *userdata), void *userdata) {
    struct crash crash;
    int          code = system_in_child(run, userdata, &crash);
    return crash.signal ? crash_report(&crash) : code;
}

void crash_subject(const char *format, ...) {
    va_list list;
    if (!system_crash) return;
    va_start(list, format);
    vsnprintf(system_crash->subject, sizeof system_crash->subject, format, list);
    va_end(list);
}

void crash_call(const struct arguments *arguments) {
    current = arguments;
}

/* The symbol or the file that an instruction lies in. */
static void put_instruction(const void *instruction, char *text, size_t size) {
    char        path[512], *name = path;
    const char *base, *symbol;
    size_t      offset;
    if ((symbol = system_symbol_of(instruction, &offset))) {
        snprintf(text, size, " in %.100s + %zu", symbol, offset);
    } else if (instruction && system_file_of(instruction, path, sizeof path, &base)) {
        for (char *at = path; *at; at++)
            if (*at == '/' || *at == '\\') name = at + 1;
        snprintf(text, size, " in %.100s at %#zx", name, (size_t)((const char *)instruction - base));
    } else if (instruction) {
        snprintf(text, size, " at the instruction %p", instruction);
    }
}

static void advise_signature(struct crash *crash) {
    snprintf(crash->note, sizeof crash->note,
             "does the signature fit? 'ffi check' compares it with the library's debug information");
}

/* Where an address lies in or behind the memory of the current call's arguments, or in what a session has kept. */
static bool put_argument(const void *address, char *text, size_t size) {
    return current && (arguments_place(current, address, text, size) ||
                       variables_place(current->variables, address, text, size));
}

/* What an address is that native code accessed. */
static void put_access(struct crash *crash) {
    char         place[160] = "";
    char        *text       = crash->access;
    const size_t size       = sizeof crash->access;
    const void  *address    = crash->address;
    if (current) advise_signature(crash);
    if (address == crash->instruction) {
        snprintf(text, size, ": it jumped there");
    } else if (!put_argument(address, place, sizeof place) && freed_place(address, place, sizeof place)) {
        snprintf(text, size, ": it accessed a freed buffer, %s", place);
        snprintf(crash->note, sizeof crash->note,
                 "the memory of an argument lasts until its call ends; that of a session's variable, "
                 "or of an argument with a name (&NAME=...), until the session ends");
    } else if (*place || (current && arguments_near(current, address, place, sizeof place))) {
        snprintf(text, size, ": it accessed %s", place);
    } else if ((uintptr_t)address < NULL_PAGE) {
        snprintf(text, size, ": it accessed %#zx, as through a NULL pointer", (size_t)(uintptr_t)address);
    } else {
        snprintf(text, size, ": it accessed %p", address);
    }
}

void crash_describe(struct crash *crash) {
    put_instruction(crash->instruction, crash->where, sizeof crash->where);
    if (crash->is_access) put_access(crash);
}

int crash_report(const struct crash *crash) {
    char signal[64];
    system_signal_text(crash->signal, signal, sizeof signal);
    if (*crash->note) note_that("%s", crash->note);
    return complain(EXIT_FAILED, "%s ended by %s%s%s", *crash->subject ? crash->subject : "the command", signal,
                    crash->where, crash->access);
}
