/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
#define _SC_PAGESIZE 29
long sysconf(int);
int  getpid(void);
