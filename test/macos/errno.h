/* SPDX-License-Identifier: MIT */
/* Of Apple's SDK; see stdio.h. */
int *__error(void);
#define errno (*__error())
