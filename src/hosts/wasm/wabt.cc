/* SPDX-License-Identifier: MIT */
/* The engine libwabt: modules in its interpreter. */
#include "runner.h"

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
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

/* A value of the engine is a union, as the host's is. */
static_assert(sizeof(Value) == sizeof(wasm_value));

const wasm_value *of_engine(const Values &values) {
    return reinterpret_cast<const wasm_value *>(values.data());
}

} // namespace

struct Running {
    explicit Running(wasm_host *host) : host(host) {}

    wasm_host  *host;
    Store       store;
    Module::Ptr module;

    Instance::Ptr instance;
    Instance     *running = nullptr;
    Memory::Ptr   memory;
};

struct Slot {
    std::atomic<Istream *> code = nullptr; /* what the interpreter reads; NULL after it was stopped */
    std::optional<Running> module;         /* none if there was no memory for its store */
};

namespace {

Running *running_of(void *instance) {
    return &*static_cast<Slot *>(instance)->module;
}

/* The start function runs before Instantiate() gives the instance. */
void run(Running *module, Instance *instance) {
    module->running = instance;
    if (instance->memories().empty()) return;
    module->memory = module->store.UnsafeGet<Memory>(instance->memories()[0]);
}

/* The engine has no way to stop code, and keeps its instructions private. An explicit instantiation may name what is
 * private. */
template <Buffer Istream::*bytes> struct Private {
    friend Buffer &bytes_of(Istream &code) {
        return code.*bytes;
    }
};
Buffer &bytes_of(Istream &code);
template struct Private<&Istream::data_>;

bool is_left_by(const Instr &instruction) {
    switch (instruction.op) {
    case wabt::Opcode::Br:
    case wabt::Opcode::BrIf:
    case wabt::Opcode::Call:
    case wabt::Opcode::CallIndirect:
    case wabt::Opcode::ReturnCall:
    case wabt::Opcode::ReturnCallIndirect: return true;
    default: return false;
    }
}

/* Every jump and call becomes `unreachable`, whose number is 0. The interpreter reads the number of an instruction at
 * once, and has its operands as they were if it has read it before. */
void stop(void *instance) {
    static_assert(wabt::Opcode::Unreachable == 0);
    Istream *code = static_cast<Slot *>(instance)->code.exchange(nullptr);
    if (!code) return;
    for (Istream::Offset at = 0, next = 0; at < code->end(); at = next)
        if (is_left_by(code->Read(&next))) memset(&bytes_of(*code)[at], 0, sizeof(Istream::SerializedOpcode));
}

uint8_t *memory_of(void *instance, uint64_t *size) {
    Memory *memory = running_of(instance)->memory.get();
    *size          = memory ? memory->ByteSize() : 0;
    return memory ? memory->UnsafeData() : nullptr;
}

/* The engine throws when memory is out. The exception must not pass native code that called the engine back. */
template <typename Work> ffi_error guarded(Work work) {
    try {
        return work();
    } catch (const std::bad_alloc &) {
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for the module");
    }
}

ffi_error fail_by(Running *module, const Trap::Ptr &trap) {
    if (wasm_host_fail_stopped(module->host)) return ffi_last_error();
    return ffi_fail(FFI_ERROR_SYSTEM, "%s", trap ? trap->message().c_str() : "trap");
}

ffi_error call(Running *module, Func &function, const wasm_value *args, wasm_value *value) {
    std::string params = letters_of(function.type().params), result = letters_of(function.type().results);
    Values      values, results;
    Trap::Ptr   trap;
    for (size_t i = 0; i < params.size(); i++) values.push_back(Value::Make(static_cast<u64>(args[i].u64)));
    if (Failed(function.Call(module->store, values, results, &trap))) return fail_by(module, trap);
    if (!result.empty()) *value = *of_engine(results);
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
    Running *module = running_of(instance);
    return !guarded([=] { return call_index(module, index, params, result, args, value); });
}

/* ---- imports ---- */

HostFunc::Ptr wrapped(Running *module, wasm_import *import, const FuncType &type) {
    auto call = [module, import](Thread &thread, const Values &in, Values &out, Trap::Ptr *trap) {
        if (!module->running) run(module, thread.GetCallerInstance());
        if (wasm_import_call(import, of_engine(in), reinterpret_cast<wasm_value *>(out.data())))
            return wabt::Result::Ok;
        *trap = Trap::New(module->store, ffi_last_message());
        return wabt::Result::Error;
    };
    return HostFunc::New(module->store, type, call);
}

ffi_error load(Slot *slot, Running *module, const void *bytes, size_t size, const wasm_lists *lists) {
    ModuleDesc              desc;
    wabt::Errors            errors;
    wabt::ReadBinaryOptions options;
    options.fail_on_custom_section_error = false;
    if (Failed(ReadBinaryInterp("module", static_cast<const uint8_t *>(bytes), size, options, &errors, &desc)))
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
    slot->code = const_cast<Istream *>(&module->module->desc().istream);
    if (!wasm_host_fail_stopped(module->host))
        module->instance = Instance::Instantiate(module->store, module->module.ref(), imports, &trap);
    if (!module->instance) {
        fail_by(module, trap);
        return ffi_fail(ffi_last_error(), "the module cannot be instantiated: %s", ffi_last_message());
    }
    run(module, module->instance.get());
    return FFI_ERROR_NONE;
}

void close_module(void *instance) {
    static_cast<Slot *>(instance)->~Slot();
}

ffi_error open_module(void *instance, wasm_host *host, const char *, const void *bytes, size_t size,
                      const wasm_lists *lists) {
    auto *slot = new (instance) Slot;
    return guarded([=] { return load(slot, &slot->module.emplace(host), bytes, size, lists); });
}

bool call_export(void *instance, size_t index, const wasm_value *args, wasm_value *value) {
    Running *module = running_of(instance);
    return !guarded([=] {
        auto function = module->store.UnsafeGet<Func>(module->instance->exports()[index]);
        return call(module, *function, args, value);
    });
}

} // namespace

const wasm_runner wasm_wabt = {"wabt",          {memory_of, call_table, false, false, stop},
                               sizeof(Slot),    open_module,
                               close_module,    call_export};
