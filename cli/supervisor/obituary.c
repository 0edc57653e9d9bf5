#include "cli/supervisor/obituary.h"

#include <stdio.h>
#include <string.h>

#include "common/daemon/daemon.h"

bool
obituary_is_exit(const siginfo_t *info, int status)
{
	return info->si_code == CLD_EXITED && info->si_status == status;
}

void
obituary_write(const siginfo_t *info, char text[OBITUARY_SIZE])
{
	const char *name;

	if (obituary_is_exit(info, EXIT_CANNOT_EXECUTE)) {
		snprintf(text, OBITUARY_SIZE, "could not be executed");
	} else if (obituary_is_exit(info, DAEMON_EXIT_CONFIG)) {
		snprintf(text, OBITUARY_SIZE,
		    "exit status %d (configuration or key)",
		    DAEMON_EXIT_CONFIG);
	} else if (info->si_code == CLD_EXITED) {
		snprintf(
		    text, OBITUARY_SIZE, "exit status %d", info->si_status);
	} else {
		name = sigabbrev_np(info->si_status);
		snprintf(text, OBITUARY_SIZE, "killed by %s%s%s",
		    name == NULL ? "signal" : "SIG", name == NULL ? "" : name,
		    info->si_code == CLD_DUMPED ? ", core dumped" : "");
	}
}
