/* SPDX-License-Identifier: MIT */
/* A trace as text: a line for each call, with its arguments, result and time. */
#include "embed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct trace {
    atomic_flag taken; /* by a file */
    FILE       *file;  /* NULL: none is open */

    _Atomic size_t lost; /* lines that could not be written */
    _Atomic int    why;  /* the errno of the last of them */
};

static const char key;

/* A string in quotes, cut after SHOWN characters. Only a `const char *` without len(n) certainly points to one. */
static void add_text(struct line *line, const char *text) {
    enum { SHOWN = 60 };
    size_t shown = 0;
    line_add(line, "\"");
    for (; shown < SHOWN && text[shown]; shown++) {
        unsigned char c = (unsigned char)text[shown];
        if (c == '"' || c == '\\') line_add(line, "\\%c", c);
        else if (c < 32 || c == 127) line_add(line, "\\x%02x", c);
        else line_add(line, "%c", c);
    }
    line_add(line, text[shown] ? "\"..." : "\"");
}

static void add_value(struct line *line, const ffi_parameter *parameter, const void *at);

static void add_record(struct line *line, const ffi_ctype *type, const void *at) {
    ffi_field     field;
    ffi_parameter member = {.name = ""};
    line_add(line, "{");
    for (size_t i = 0; ffi_type_field(type, i, &field) && line->length < sizeof line->text - 1; i++) {
        if (i) line_add(line, ", ");
        if (field.name) line_add(line, ".%s = ", field.name);
        member.what = ffi_type_class(field.type);
        member.size = (unsigned)ffi_type_size(field.type);
        member.type = field.type;
        if (field.is_bits) line_add(line, "%lld", (long long)ffi_field_read(&field, at));
        else add_value(line, &member, (const char *)at + field.offset);
    }
    line_add(line, "}");
}

static void add_value(struct line *line, const ffi_parameter *parameter, const void *at) {
    ffi_any any;
    if (parameter->what == FFI_CLASS_RECORD && ffi_type_kind(parameter->type) == FFI_KIND_STRUCT) {
        add_record(line, parameter->type, at);
        return;
    }
    bool is_const   = ffi_type_qualifiers(ffi_type_target(parameter->type)) & FFI_QUALIFIER_CONST;
    bool is_counted = parameter->annotations & FFI_ANNOTATION_LEN;
    if (parameter->what == FFI_CLASS_TEXT && (!is_const || is_counted)) {
        void *pointer;
        memcpy(&pointer, at, sizeof pointer);
        line_add(line, pointer ? "%p" : "NULL", pointer);
        return;
    }
    load_as(parameter->what, parameter->size, parameter->type, at, &any);
    switch ((ffi_any_kind)any.kind) {
    case FFI_ANY_NIL: line_add(line, "NULL"); break;
    case FFI_ANY_BOOL: line_add(line, any.as.b ? "true" : "false"); break;
    case FFI_ANY_INT: line_add(line, "%lld", (long long)any.as.i64); break;
    case FFI_ANY_UINT: line_add(line, "%llu", (unsigned long long)any.as.u64); break;
    case FFI_ANY_REAL: line_add(line, "%.17g", any.as.f64); break;
    case FFI_ANY_TEXT: add_text(line, any.as.text); break;
    case FFI_ANY_POINTER:
    case FFI_ANY_FUNCTION: line_add(line, "%p", any.as.ptr); break;
    default: line_add(line, "(%u bytes)", parameter->size);
    }
}

/* An enum counts as int as long as only its tag is known. */
static void add_typed(struct line *line, const ffi_ctype *type, const void *at) {
    size_t        size = ffi_type_kind(type) == FFI_KIND_ENUM && !ffi_type_size(type) ? 4 : ffi_type_size(type);
    ffi_parameter parameter = {.what = ffi_type_class(type), .size = (unsigned)size, .type = type};
    add_value(line, &parameter, at);
}

static void add_call(struct line *line, const ffi_trace_event *event) {
    size_t count = ffi_type_parameter_count(event->signature);
    if (event->callback) line_add(line, "callback ");
    if (*event->name) line_add(line, "%s(", event->name);
    else
        line_add(line, "%p(",
                 event->callback ? ffi_callback_code(event->callback) : ffi_function_address(event->function));
    for (size_t i = 0; i < count; i++) {
        const ffi_ctype *type = ffi_type_parameter(event->signature, i);
        const char      *name = ffi_type_parameter_name(event->signature, i);
        if (i) line_add(line, ", ");
        if (*name) line_add(line, "%s: ", name);
        add_typed(line, type,
                  ffi_type_kind(type) <= FFI_KIND_POINTER ? (const void *)&event->args[i] : event->args[i].ptr);
    }
    line_add(line, ")");
}

/* A line is written at once, so that lines of several threads do not mix. */
static void write_call(void *userdata, const ffi_trace_event *event) {
    struct trace *trace = userdata;
    struct line   line  = {.length = 0};
    if (!event->is_over) return;
    add_call(&line, event);
    if (event->result) {
        line_add(&line, " = ");
        add_typed(&line, ffi_type_target(event->signature), event->result);
    }
    int written =
        fprintf(trace->file, "%s  <%llu.%03llu us>\n", line.text, (unsigned long long)event->nanoseconds / 1000,
                (unsigned long long)event->nanoseconds % 1000);
    bool flushed = !fflush(trace->file); /* msvcrt's tells of the first failure only */
    if (written >= 0 && flushed && !ferror(trace->file)) return;
    clearerr(trace->file);
    atomic_store(&trace->why, errno);
    atomic_fetch_add(&trace->lost, 1);
}

static void end_trace(ffi_context *context, void *value) {
    struct trace *trace = value;
    if (trace->file) {
        ffi_context_trace(context, NULL, NULL);
        fclose(trace->file);
    }
    size_t lost = atomic_load(&trace->lost);
    if (lost)
        system_failed(atomic_load(&trace->why), "ffi_context_free: the trace lacks %zu call%s", lost,
                      lost == 1 ? "" : "s");
    ffi_context_memory(context, trace, sizeof *trace, 0);
}

/* The trace of a context, which may have no file yet. NULL with an error. */
static struct trace *trace_of(ffi_context *context) {
    struct trace *trace = ffi_context_attached(context, &key);
    if (trace || !(trace = ffi_context_memory(context, NULL, 0, sizeof *trace))) return trace;
    *trace             = (struct trace){.taken = ATOMIC_FLAG_INIT};
    struct trace *kept = ffi_context_attach(context, &key, trace, end_trace);
    if (kept != trace) ffi_context_memory(context, trace, sizeof *trace, 0);
    return kept;
}

ffi_error ffi_trace_file(ffi_context *context, const char *path) {
    if (!context) return embed_null(__func__, "context");
    if (!path) return embed_null(__func__, "path");
    struct trace *trace = trace_of(context);
    if (!trace) return ffi_last_error();
    if (atomic_flag_test_and_set(&trace->taken))
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: this context has a trace already", __func__);
    trace->file     = fopen(path, "a");
    ffi_error error = trace->file ? ffi_context_trace(context, write_call, trace)
                                  : system_failed(errno, "cannot write the trace '%.400s'", path);
    if (!error) return FFI_ERROR_NONE;
    if (trace->file) fclose(trace->file);
    trace->file = NULL;
    atomic_flag_clear(&trace->taken);
    return error;
}

ffi_error ffi_trace_environment(ffi_context *context) {
    const char *path = getenv("FFI_TRACE");
    if (!context) return embed_null(__func__, "context");
    return path && *path ? ffi_trace_file(context, path) : FFI_ERROR_NONE;
}
