/* SPDX-License-Identifier: MIT */
/* Of Apple's SDK; see stdio.h. */
typedef int   pid_t;
typedef void *posix_spawn_file_actions_t, *posix_spawnattr_t;
int           posix_spawn_file_actions_init(posix_spawn_file_actions_t *),
    posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *),
    posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *, int, int);
int posix_spawnp(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                 char *const[], char *const[]);
