/* SPDX-License-Identifier: MIT */
/* The engine libwabt: modules in its interpreter. */
#include "module.h"

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

using namespace wabt::interp;
using wabt::Type;

namespace {

constexpr size_t ARGUMENTS = 128;

char letter_of(ValueType type) {
    switch (type) {
    case Type::I32: return 'i';
    case Type::I64: return 'I';
    case Type::F32: return 'f';
    case Type::F64: return 'F';
    default: return '?';
    }
}

std::string letters_of(const ValueTypes &types) {
    std::string letters;
    for (ValueType type : types) letters += letter_of(type);
    return letters;
}

Value to_engine(char letter, wasm_value value) {
    switch (letter) {
    case 'I': return Value::Make(static_cast<u64>(value.u64));
    case 'f': return Value::Make(value.f32);
    case 'F': return Value::Make(value.f64);
    default: return Value::Make(static_cast<u32>(value.u32));
    }
}

wasm_value of_engine(char letter, const Value &value) {
    wasm_value out;
    out.i64 = 0;
    switch (letter) {
    case 'i': out.u32 = value.Get<u32>(); break;
    case 'I': out.u64 = value.Get<u64>(); break;
    case 'f': out.f32 = value.Get<f32>(); break;
    case 'F': out.f64 = value.Get<f64>(); break;
    }
    return out;
}

} // namespace

struct wasm_module {
    wasm_host    *host;
    Store         store;
    Module::Ptr   module;
    Instance::Ptr instance;
    Instance     *running = nullptr; /* known before `instance` to the start function */
};

namespace {

uint8_t *memory_of(void *instance, uint64_t *size) {
    auto *module = static_cast<wasm_module *>(instance);
    *size        = 0;
    if (!module->running || module->running->memories().empty()) return nullptr;
    auto memory = module->store.UnsafeGet<Memory>(module->running->memories()[0]);
    *size       = memory->ByteSize();
    return memory->UnsafeData();
}

/* The engine throws when memory is out. The exception must not pass native code that called the engine back. */
template <typename Work> ffi_error guarded(Work work) {
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for the module");
    }
}

ffi_error call_index(wasm_module *module, uint32_t index, const char *params, const char *result,
                     const wasm_value *args, wasm_value *value) {
    Ref ref;
    if (!module->running || module->running->tables().empty())
        return ffi_fail(FFI_ERROR_TYPE, "the module has no table of functions");
    auto table = module->store.UnsafeGet<Table>(module->running->tables()[0]);
    if (Failed(table->Get(index, &ref)) || !module->store.Is<Func>(ref))
        return ffi_fail(FFI_ERROR_TYPE, "the table has no function %u", index);
    auto        function = module->store.UnsafeGet<Func>(ref);
    std::string has = letters_of(function->type().params), gives = letters_of(function->type().results);
    if (has != params || gives != result)
        return ffi_fail(FFI_ERROR_TYPE,
                        "function %u of the table is (%s) -> (%s), but the callback (%s) -> (%s)", index,
                        has.c_str(), gives.c_str(), params, result);
    Values    values, results;
    Trap::Ptr trap;
    for (size_t i = 0; params[i]; i++) values.push_back(to_engine(params[i], args[i]));
    if (Failed(function->Call(module->store, values, results, &trap)))
        return ffi_fail(FFI_ERROR_SYSTEM, "%s", trap ? trap->message().c_str() : "trap");
    if (*result) *value = of_engine(*result, results[0]);
    return FFI_ERROR_NONE;
}

bool call_table(void *instance, uint32_t index, const char *params, const char *result, const wasm_value *args,
                wasm_value *value) {
    auto *module = static_cast<wasm_module *>(instance);
    return !guarded([=] { return call_index(module, index, params, result, args, value); });
}

const wasm_engine engine = {memory_of, call_table};

/* ---- imports ---- */

HostFunc::Ptr wrapped(wasm_module *module, wasm_import *import, const FuncType &type) {
    std::string params = letters_of(type.params), results = letters_of(type.results);
    return HostFunc::New(
        module->store, type,
        [module, import, params, results](Thread &thread, const Values &in, Values &out, Trap::Ptr *trap) {
            wasm_value args[ARGUMENTS], result;
            module->running = thread.GetCallerInstance();
            for (size_t i = 0; i < params.size(); i++) args[i] = of_engine(params[i], in[i]);
            if (!wasm_import_call(import, args, &result)) {
                *trap = Trap::New(module->store, ffi_last_message());
                return wabt::Result::Error;
            }
            if (!results.empty()) out[0] = to_engine(results[0], result);
            return wabt::Result::Ok;
        });
}

ffi_error resolve(wasm_module *module, RefVec &imports) {
    for (const ImportType &import : module->module->import_types()) {
        if (import.type->kind != ExternKind::Func)
            return ffi_fail(FFI_ERROR_UNSUPPORTED,
                            "import %s.%s is no function: memories, tables and globals cannot be imported",
                            import.module.c_str(), import.name.c_str());
        const FuncType &type   = *wabt::cast<FuncType>(import.type.get());
        std::string     params = letters_of(type.params), results = letters_of(type.results);
        if (params.size() > ARGUMENTS || results.size() > 1 ||
            (params + results).find('?') != std::string::npos)
            return ffi_fail(FFI_ERROR_UNSUPPORTED, "import %s.%s is no function that C has",
                            import.module.c_str(), import.name.c_str());
        wasm_import *found = wasm_import_find(module->host, import.module.c_str(), import.name.c_str(),
                                              params.c_str(), results.c_str());
        if (!found) return ffi_last_error();
        imports.push_back(wrapped(module, found, type).ref());
    }
    return FFI_ERROR_NONE;
}

/* ---- the custom section ---- */

bool leb(const uint8_t *&at, const uint8_t *end, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; at < end && shift < 35; shift += 7) {
        *value |= static_cast<uint64_t>(*at & 0x7f) << shift;
        if (!(*at++ & 0x80)) return true;
    }
    return false;
}

/* Sections are a number, a size, and bytes; a custom one, number 0, begins with its name. The reader has
 * checked the module. */
ffi_error read_section(wasm_host *host, const uint8_t *at, const uint8_t *end) {
    static const char name[] = "ffi_invoke";
    uint64_t          size, length;
    for (at += 8; at < end;) {
        bool custom = !*at++;
        if (!leb(at, end, &size) || size > static_cast<uint64_t>(end - at)) return FFI_ERROR_NONE;
        const uint8_t *text = at, *next = at += size;
        if (!custom || !leb(text, next, &length) || length != sizeof name - 1 ||
            length > static_cast<uint64_t>(next - text) || memcmp(text, name, length))
            continue;
        std::string lines(reinterpret_cast<const char *>(text + length),
                          static_cast<size_t>(next - text) - length);
        for (size_t from = 0, to; from < lines.size(); from = to + 1) {
            to = lines.find('\n', from);
            if (to == std::string::npos) to = lines.size();
            if (to > from && wasm_host_signature(host, lines.substr(from, to - from).c_str()))
                return ffi_last_error();
        }
    }
    return FFI_ERROR_NONE;
}

ffi_error load(wasm_module *module, const void *bytes, size_t size) {
    ModuleDesc              desc;
    wabt::Errors            errors;
    wabt::ReadBinaryOptions options;
    options.fail_on_custom_section_error = false;
    if (Failed(ReadBinaryInterp("module", bytes, size, options, &errors, &desc)))
        return ffi_fail(FFI_ERROR_SYNTAX, "not a module: %s",
                        errors.empty() ? "it cannot be read" : errors[0].message.c_str());
    auto *first = static_cast<const uint8_t *>(bytes);
    if (read_section(module->host, first, first + size)) return ffi_last_error();
    module->module = Module::New(module->store, desc);
    RefVec    imports;
    Trap::Ptr trap;
    if (resolve(module, imports)) return ffi_last_error();
    module->instance = Instance::Instantiate(module->store, module->module.ref(), imports, &trap);
    if (!module->instance)
        return ffi_fail(FFI_ERROR_SYSTEM, "the module cannot be instantiated: %s",
                        trap ? trap->message().c_str() : "no reason");
    module->running = module->instance.get();
    return FFI_ERROR_NONE;
}

/* ---- exports ---- */

Func::Ptr exported(const wasm_module *module, const char *name) {
    const auto &types = module->module->export_types();
    for (size_t i = 0; i < types.size(); i++)
        if (types[i].name == name && types[i].type->kind == ExternKind::Func)
            return const_cast<Store &>(module->store).UnsafeGet<Func>(module->instance->exports()[i]);
    return Func::Ptr();
}

ffi_error read_number(char letter, const char *text, wasm_value *value) {
    char *end;
    switch (letter) {
    case 'f': value->f32 = strtof(text, &end); break;
    case 'F': value->f64 = strtod(text, &end); break;
    default: value->i64 = strtoll(text, &end, 0);
    }
    if (end == text || *end || (letter == 'i' && (value->i64 < INT32_MIN || value->i64 > UINT32_MAX)))
        return ffi_fail(FFI_ERROR_ARGUMENT, "'%s' is no number of type %c", text, letter);
    return FFI_ERROR_NONE;
}

void write_number(char letter, wasm_value value, char *out, size_t size) {
    switch (letter) {
    case 'i': snprintf(out, size, "%" PRId32, value.i32); break;
    case 'I': snprintf(out, size, "%" PRId64, value.i64); break;
    case 'f': snprintf(out, size, "%.9g", value.f32); break;
    default: snprintf(out, size, "%.17g", value.f64);
    }
}

ffi_error call_export(wasm_module *module, const char *name, const char *const *args, size_t count,
                      char *result, size_t size) {
    Func::Ptr function = exported(module, name);
    Values    values, results;
    Trap::Ptr trap;
    if (!function) return ffi_fail(FFI_ERROR_SYMBOL, "the module exports no function %s", name);
    std::string params = letters_of(function->type().params), gives = letters_of(function->type().results);
    if (gives.size() > 1 || (params + gives).find('?') != std::string::npos)
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "export %s is no function that C has", name);
    if (count != params.size())
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s takes %zu arguments, not %zu", name, params.size(), count);
    for (size_t i = 0; i < count; i++) {
        wasm_value value;
        if (read_number(params[i], args[i], &value)) return ffi_last_error();
        values.push_back(to_engine(params[i], value));
    }
    if (size) *result = 0;
    if (Failed(function->Call(module->store, values, results, &trap)))
        return ffi_fail(FFI_ERROR_SYSTEM, "%s", trap ? trap->message().c_str() : "trap");
    if (!gives.empty()) write_number(gives[0], of_engine(gives[0], results[0]), result, size);
    return FFI_ERROR_NONE;
}

} // namespace

wasm_module *wasm_module_new(wasm_host *host, const void *bytes, size_t size) {
    auto *module = new (std::nothrow) wasm_module;
    if (!module) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a module"), nullptr;
    module->host = host;
    wasm_host_attach(host, &engine, module);
    if (!guarded([=] { return load(module, bytes, size); })) return module;
    wasm_module_free(module);
    return nullptr;
}

void wasm_module_free(wasm_module *module) {
    delete module;
}

int wasm_module_arity(const wasm_module *module, const char *name) {
    Func::Ptr function = exported(module, name);
    return function ? static_cast<int>(function->type().params.size()) : -1;
}

ffi_error wasm_module_call(wasm_module *module, const char *name, const char *const *args, size_t count,
                           char *result, size_t size) {
    return guarded([=] { return call_export(module, name, args, count, result, size); });
}
