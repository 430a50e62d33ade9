// SPDX-License-Identifier: MIT
#include "hard.h"

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace wabt::interp;

namespace {

Store         store;
Module::Ptr   module;
Instance::Ptr instance;

Memory *memory() { return store.UnsafeGet<Memory>(instance->memories()[0]).get(); }

wabt::Result wrong(Trap::Ptr *trap) {
    *trap = Trap::New(store, "an offset is not in the memory");
    return wabt::Result::Error;
}

wabt::Result call_abs(Thread &, const Values &in, Values &out, Trap::Ptr *) {
    out[0] = Value::Make(static_cast<u32>(abs(in[0].Get<s32>())));
    return wabt::Result::Ok;
}

wabt::Result call_sqrt(Thread &, const Values &in, Values &out, Trap::Ptr *) {
    out[0] = Value::Make(sqrt(in[0].Get<f64>()));
    return wabt::Result::Ok;
}

wabt::Result call_strlen(Thread &, const Values &in, Values &out, Trap::Ptr *trap) {
    u32         at   = in[0].Get<u32>();
    u64         size = memory()->ByteSize();
    const char *text = reinterpret_cast<char *>(memory()->UnsafeData()) + at;
    if (at >= size || !memchr(text, 0, size - at)) return wrong(trap);
    out[0] = Value::Make(static_cast<u32>(strlen(text)));
    return wabt::Result::Ok;
}

wabt::Result call_memcmp(Thread &, const Values &in, Values &out, Trap::Ptr *trap) {
    u32 a = in[0].Get<u32>(), b = in[1].Get<u32>();
    u64 size = memory()->ByteSize();
    u8 *base = memory()->UnsafeData();
    if (a > size || b > size) return wrong(trap);
    out[0] = Value::Make(static_cast<u32>(memcmp(base + a, base + b, in[2].Get<u32>())));
    return wabt::Result::Ok;
}

} // namespace

void hard_wabt_open(const void *bytes, size_t size) {
    ModuleDesc   desc;
    wabt::Errors errors;
    if (Failed(ReadBinaryInterp("module", bytes, size, wabt::ReadBinaryOptions(), &errors, &desc))) abort();
    module = Module::New(store, desc);
    const HostFunc::Callback all[] = {call_abs, call_sqrt, call_strlen, call_memcmp};
    RefVec                   imports;
    for (size_t i = 0; i < 4; i++) {
        const auto &type = *wabt::cast<FuncType>(module->import_types()[i].type.get());
        imports.push_back(HostFunc::New(store, type, all[i]).ref());
    }
    Trap::Ptr trap;
    instance = Instance::Instantiate(store, module.ref(), imports, &trap);
    if (!instance) abort();
}

void hard_wabt_run(const char *name, uint32_t count) {
    const auto &types = module->export_types();
    for (size_t i = 0; i < types.size(); i++) {
        if (types[i].name != name) continue;
        Values    results;
        Trap::Ptr trap;
        auto      function = store.UnsafeGet<Func>(instance->exports()[i]);
        if (Failed(function->Call(store, {Value::Make(count)}, results, &trap))) abort();
    }
}
