#include "common/daemon/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox_internal.h"

/* Sanitizers trace, clone and look into /proc as no daemon does. */
#ifdef GOOP_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static int
restrict_files(const struct sandbox_path *paths, int dirfd)
{
	static const struct sandbox_path proc = { "/proc", SANDBOX_READ };
	CLEANUP_FREE struct sandbox_path *all = NULL;
	size_t count = 0;

	while (paths != NULL && paths[count].path != NULL)
		count++;
	all = xzalloc((count + 2) * sizeof(*all));
	if (count > 0)
		memcpy(all, paths, count * sizeof(*all));
	if (is_sanitized)
		all[count] = proc;
	return sandbox_restrict_files(all, dirfd);
}

int
sandbox_enter(const struct sandbox *sandbox, int dirfd)
{
	const char *wish = getenv("GOOP_SANDBOX");
	int rc;

	if (wish != NULL && !strcmp(wish, "off")) {
		log_warn("sandbox is off because GOOP_SANDBOX=off");
		return 0;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -errno;
	rc = restrict_files(sandbox->paths, dirfd);
	if (rc < 0)
		return rc;
	if (rc == SANDBOX_NO_LANDLOCK)
		log_warn("sandbox has no rules for files: no Landlock in "
			 "this kernel");
	return is_sanitized ? 0 : sandbox_restrict_calls(sandbox->calls);
}
