#include "common/daemon/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/base/log.h"
#include "common/daemon/sandbox_internal.h"

/* Sanitizers map, clone and trace as no daemon does; they take the files only
 * where the leak check is off. */
#ifdef GOOP_SANITIZED
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

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
	rc = sandbox_restrict_files(sandbox->paths, dirfd);
	if (rc < 0)
		return rc;
	if (rc == SANDBOX_NO_LANDLOCK)
		log_warn("sandbox has no rules for files: no Landlock in "
			 "this kernel");
	return is_sanitized ? 0 : sandbox_restrict_calls(sandbox->calls);
}
