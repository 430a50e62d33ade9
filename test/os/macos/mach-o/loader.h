/* SPDX-License-Identifier: MIT */
/* Of Apple's SDK; see ../stdio.h. */
#ifndef LOADER_H
#define LOADER_H
#include <stdint.h>
#define MH_MAGIC_64   0xfeedfacf
#define LC_SYMTAB     0x2
#define LC_SEGMENT_64 0x19
#define SEG_LINKEDIT  "__LINKEDIT"
struct mach_header {
    uint32_t magic;
    int32_t  cputype, cpusubtype;
    uint32_t filetype, ncmds, sizeofcmds, flags;
};
struct mach_header_64 {
    uint32_t magic;
    int32_t  cputype, cpusubtype;
    uint32_t filetype, ncmds, sizeofcmds, flags, reserved;
};
struct load_command {
    uint32_t cmd, cmdsize;
};
struct segment_command_64 {
    uint32_t cmd, cmdsize;
    char     segname[16];
    uint64_t vmaddr, vmsize, fileoff, filesize;
    int32_t  maxprot, initprot;
    uint32_t nsects, flags;
};
struct symtab_command {
    uint32_t cmd, cmdsize, symoff, nsyms, stroff, strsize;
};
#endif
