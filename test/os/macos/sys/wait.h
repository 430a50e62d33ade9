/* SPDX-License-Identifier: MIT */
/* Of Apple's SDK; see stdio.h. */
int waitpid(int, int *, int);
#define WIFEXITED(status)   (((status)&0177) == 0)
#define WEXITSTATUS(status) ((status) >> 8 & 0xff)
