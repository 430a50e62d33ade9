/* SPDX-License-Identifier: MIT */
/* ffi_prep_cif(), which looks up signatures of few scalars in the places that libffi.h explains. */
#include "../libffi.h"

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned int nargs, ffi_type *result, ffi_type **list) {
    if (cif && result && (list || !nargs) && nargs <= LIBFFI_FEW_ARGUMENTS && abi == FFI_DEFAULT_ABI) {
        struct place_key key = NO_TYPES;
        place_add(&key, result);
        for (unsigned i = nargs; i--;) {
            if (!list[i]) return cif_prepare(cif, abi, nargs, result, list, false);
            place_add(&key, list[i]);
        }
        struct prepared *known = place_find(key, place_of(key));
        if (known) {
            *cif = (ffi_cif){.abi = abi, .nargs = nargs, .arg_types = list, .rtype = result};
            set_prepared(cif, known);
            return FFI_OK;
        }
    }
    return cif_prepare(cif, abi, nargs, result, list, false);
}
