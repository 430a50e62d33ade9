/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
int *__error(void);
#define errno (*__error())
#define EINTR 4
