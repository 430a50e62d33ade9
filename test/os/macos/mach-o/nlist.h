/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see ../stdio.h. */
#include <stdint.h>
#define N_STAB 0xe0
#define N_PEXT 0x10
#define N_TYPE 0x0e
#define N_EXT  0x01
#define N_SECT 0xe
struct nlist_64 {
    union {
        uint32_t n_strx;
    } n_un;
    uint8_t  n_type, n_sect;
    uint16_t n_desc;
    uint64_t n_value;
};
