/* SPDX-License-Identifier: MIT */
/* The engine libwabt: modules in its interpreter. */
#include "runner.h"

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

#include <memory>
#include <new>
#include <string>

using namespace wabt::interp;
using wabt::Type;

namespace {

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

struct Running {
    wasm_host    *host;
    Store         store;
    Module::Ptr   module;
    Instance::Ptr instance;
    Instance     *running = nullptr; /* known before `instance` to the start function */
};

namespace {

uint8_t *memory_of(void *instance, uint64_t *size) {
    auto *module = static_cast<Running *>(instance);
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

ffi_error call(Running *module, Func &function, const wasm_value *args, wasm_value *value) {
    std::string params = letters_of(function.type().params), result = letters_of(function.type().results);
    Values      values, results;
    Trap::Ptr   trap;
    for (size_t i = 0; i < params.size(); i++) values.push_back(to_engine(params[i], args[i]));
    if (Failed(function.Call(module->store, values, results, &trap)))
        return ffi_fail(FFI_ERROR_SYSTEM, "%s", trap ? trap->message().c_str() : "trap");
    if (!result.empty()) *value = of_engine(result[0], results[0]);
    return FFI_ERROR_NONE;
}

ffi_error call_index(Running *module, uint32_t index, const char *params, const char *result,
                     const wasm_value *args, wasm_value *value) {
    Ref ref;
    if (!module->running || module->running->tables().empty())
        return ffi_fail(FFI_ERROR_TYPE, "the module has no table of functions");
    auto table = module->store.UnsafeGet<Table>(module->running->tables()[0]);
    if (Failed(table->Get(index, &ref)) || !module->store.Is<Func>(ref)) return wasm_no_function(index);
    auto        function = module->store.UnsafeGet<Func>(ref);
    std::string has = letters_of(function->type().params), gives = letters_of(function->type().results);
    if (has != params || gives != result)
        return wasm_wrong_function(index, has.c_str(), gives.c_str(), params, result);
    return call(module, *function, args, value);
}

bool call_table(void *instance, uint32_t index, const char *params, const char *result, const wasm_value *args,
                wasm_value *value) {
    auto *module = static_cast<Running *>(instance);
    return !guarded([=] { return call_index(module, index, params, result, args, value); });
}

/* ---- imports ---- */

HostFunc::Ptr wrapped(Running *module, wasm_import *import, const FuncType &type) {
    std::string params = letters_of(type.params), results = letters_of(type.results);
    return HostFunc::New(
        module->store, type,
        [module, import, params, results](Thread &thread, const Values &in, Values &out, Trap::Ptr *trap) {
            wasm_value args[WASM_LETTERS], result;
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

ffi_error load(Running *module, const void *bytes, size_t size, const wasm_lists *lists) {
    ModuleDesc              desc;
    wabt::Errors            errors;
    wabt::ReadBinaryOptions options;
    options.fail_on_custom_section_error = false;
    if (Failed(ReadBinaryInterp("module", bytes, size, options, &errors, &desc)))
        return ffi_fail(FFI_ERROR_SYNTAX, "not a module: %s",
                        errors.empty() ? "it cannot be read" : errors[0].message.c_str());
    module->module = Module::New(module->store, desc);
    RefVec    imports;
    Trap::Ptr trap;
    for (size_t i = 0; i < lists->import_count; i++) {
        const ImportType &import = module->module->import_types()[i];
        imports.push_back(
            wrapped(module, lists->imports[i].import, *wabt::cast<FuncType>(import.type.get())).ref());
    }
    module->instance = Instance::Instantiate(module->store, module->module.ref(), imports, &trap);
    if (!module->instance)
        return ffi_fail(FFI_ERROR_SYSTEM, "the module cannot be instantiated: %s",
                        trap ? trap->message().c_str() : "no reason");
    module->running = module->instance.get();
    return FFI_ERROR_NONE;
}

void close_module(void *instance) {
    delete static_cast<Running *>(instance);
}

void *open_module(wasm_host *host, const char *, const void *bytes, size_t size, const wasm_lists *lists) {
    auto *module = new (std::nothrow) Running();
    if (!module) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a module"), nullptr;
    module->host = host;
    wasm_host_attach(host, &wasm_wabt.engine, module);
    if (!guarded([=] { return load(module, bytes, size, lists); })) return module;
    delete module;
    return nullptr;
}

bool call_export(void *instance, size_t index, const wasm_value *args, wasm_value *value) {
    auto *module = static_cast<Running *>(instance);
    return !guarded([=] {
        auto function = module->store.UnsafeGet<Func>(module->instance->exports()[index]);
        return call(module, *function, args, value);
    });
}

} // namespace

const wasm_runner wasm_wabt = {"wabt", {memory_of, call_table, false}, open_module, close_module, call_export};
