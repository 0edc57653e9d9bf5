/* sandbox_internal: the two halves of the sandbox. */
#ifndef COMMON_DAEMON_SANDBOX_INTERNAL_H
#define COMMON_DAEMON_SANDBOX_INTERNAL_H

#include "common/daemon/sandbox.h"

enum { SANDBOX_NO_LANDLOCK = 1 };

/* Leave only these paths to this thread and those it makes. 0,
 * SANDBOX_NO_LANDLOCK or -errno. */
int sandbox_restrict_files(const struct sandbox_path *paths, int dirfd);

/* Leave only these system calls to all threads. 0 or -errno. */
int sandbox_restrict_calls(unsigned int groups);

#endif
