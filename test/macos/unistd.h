/* SPDX-License-Identifier: MIT */
/* Of Apple's SDK; see stdio.h. */
#define _SC_PAGESIZE 29
long sysconf(int);
