/* goop2 restart, goop2 stop: requests to the supervisor. */
#include <string.h>

#include "cli/commands/ask.h"
#include "cli/commands/command.h"
#include "cli/peer/daemon_plan.h"
#include "cli/supervisor/instance_lock.h"
#include "proto/supervisor_ops.h"

enum {
	RESTART_BUDGET_MS = 30 * 1000,
	STOP_BUDGET_MS = 2000,
	STOP_END_MS = 10 * 1000, /* it promises 5 s */
};

static bool
is_any_there(const struct ask *ask)
{
	size_t i;

	for (i = 0; i < daemon_plan_all.count; i++)
		if (ask_is_there(ask, daemon_plan_all.names[i]))
			return true;
	return false;
}

/* Print why the supervisor did not do it, and close. Daemons that run without
 * goop2 are supervised by systemd. */
static enum exit_status
finish(struct ask *ask, const struct peer_directory *directory,
    enum exit_status status, const struct bus_error *error)
{
	if (status == EXIT_NOT_RUNNING && is_any_there(ask))
		complain(status,
		    "the daemons of %s run without goop2: use systemctl",
		    directory->path);
	else if (status != EXIT_OK)
		ask_complain(status, directory, error);
	ask_close(ask);
	return status;
}

static enum exit_status
restart(const struct peer_directory *directory, const struct daemon_ref *which)
{
	enum exit_status status;
	struct bus_error error;
	struct nothing nothing;
	struct ask ask;

	status = ask_open(directory, &ask);
	if (status != EXIT_OK)
		return status;
	status = cli_ask_supervisor_restart(
	    &ask, "goop2", which, RESTART_BUDGET_MS, &nothing, &error);
	return finish(&ask, directory, status, &error);
}

enum exit_status
command_restart(const struct arguments *arguments)
{
	struct daemon_ref which = { arguments->operands[1] };
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = restart(&directory, &which);
	peer_directory_close(&directory);
	return status;
}

static enum exit_status
stop(const struct peer_directory *directory)
{
	enum exit_status status;
	struct bus_error error;
	struct nothing nothing;
	struct ask ask;

	status = ask_open(directory, &ask);
	if (status != EXIT_OK)
		return status;
	status = cli_ask_supervisor_stop(
	    &ask, "goop2", NOTHING, STOP_BUDGET_MS, &nothing, &error);
	return finish(&ask, directory, status, &error);
}

enum exit_status
command_stop(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = stop(&directory);
	if (status == EXIT_OK &&
	    instance_lock_wait_free(directory.fd, STOP_END_MS) < 0)
		status = complain(EXIT_TIMEOUT,
		    "the peer on %s is still running after it was told to "
		    "stop: see "
		    "goop2 status %s",
		    directory.path, directory.path);
	peer_directory_close(&directory);
	return status;
}
