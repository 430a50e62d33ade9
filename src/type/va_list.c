/* SPDX-License-Identifier: MIT */
/*
 * va_list: an array of one struct under System V (psABI 3.5.7, figure 3.34), a struct in AAPCS64 (10.1.5), a
 * pointer under the other ABIs. A text cannot refer to the struct by its name: the same tag in a text is
 * another type.
 */
#include "type/context.h"
#include "type/record.h"

static struct member member(const char *name, const ffi_ctype *type) {
    return (struct member){.field = {.name = name, .type = type}};
}

static const ffi_ctype *new_record(ffi_context *context, bool is_sysv) {
    const ffi_ctype *integer = type_scalar(context, is_sysv ? SCALAR_UINT : SCALAR_INT);
    const ffi_ctype *pointer = type_pointer(context, type_scalar(context, SCALAR_VOID));
    const char      *name    = is_sysv ? "__va_list_tag" : "__va_list";
    ffi_ctype       *record  = record_new(context, FFI_KIND_STRUCT, name, strlen(name));
    if (!integer || !pointer || !record) return NULL;

    const struct member sysv[] = {member("gp_offset", integer), member("fp_offset", integer),
                                  member("overflow_arg_area", pointer), member("reg_save_area", pointer)};
    const struct member a64[]  = {member("__stack", pointer), member("__gr_top", pointer),
                                  member("__vr_top", pointer), member("__gr_offs", integer),
                                  member("__vr_offs", integer)};
    size_t              culprit, count = is_sysv ? countof(sysv) : countof(a64);
    struct record_rules rules = {0};
    return record_complete(context, record, is_sysv ? sysv : a64, count, &rules, &culprit) ? record : NULL;
}

const ffi_ctype *va_list_type(ffi_context *context) {
    enum va_list_form form = (enum va_list_form)context->abi->model->va_list;
    if (form == VA_LIST_POINTER) return type_pointer(context, type_scalar(context, SCALAR_CHAR));
    if (!context->va_list_record) {
        const ffi_ctype *record = new_record(context, form == VA_LIST_SYSV);
        if (!record || !journal_write(&context->journal, &context->va_list_record, sizeof record)) return NULL;
        context->va_list_record = record;
    }
    return form == VA_LIST_SYSV ? type_array(context, context->va_list_record, 1, true)
                                : context->va_list_record;
}

bool va_list_is(const ffi_ctype *type) {
    bool is_sysv = type->context->abi->model->va_list == VA_LIST_SYSV;
    if (is_sysv && (type->kind != FFI_KIND_ARRAY || type->count != 1)) return false;
    const ffi_ctype *record = is_sysv ? type->target : type;
    record                  = type_definition(record);
    return record->kind == FFI_KIND_STRUCT && record == type->context->va_list_record;
}
