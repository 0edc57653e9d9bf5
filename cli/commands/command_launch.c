/* goop2 peer, goop2 rendezvous: run the daemons of a directory; goop2 needs:
 * does it need this one? */
#include <string.h>

#include "cli/commands/command.h"
#include "cli/peer/daemon_plan.h"
#include "cli/supervisor/launch.h"
#include "cli/peer/peer_directory.h"

enum exit_status
command_peer(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = launch(&directory, LAUNCH_AS_CONFIGURED);
	peer_directory_close(&directory);
	return status;
}

enum exit_status
command_rendezvous(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_make(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = launch(&directory, LAUNCH_SERVER);
	peer_directory_close(&directory);
	return status;
}

/* By the configuration of the directory. */
static enum exit_status
is_needed(const struct peer_directory *directory, const char *name,
    enum launch_mode mode)
{
	struct daemon_plan plan;
	enum exit_status status;
	struct config config;

	status = peer_directory_load_config(directory, &config);
	if (status != EXIT_OK)
		return status;
	launch_force(mode, &config);
	daemon_plan_make(&config, &plan);
	config_fini(&config);
	return daemon_plan_has(&plan, name) ? EXIT_OK : EXIT_NOT_NEEDED;
}

enum exit_status
command_needs(const struct arguments *arguments)
{
	const char *name = arguments->operands[1];
	enum launch_mode mode = LAUNCH_AS_CONFIGURED;
	struct peer_directory directory;
	enum exit_status status;

	if (arguments->operands[2] != NULL) {
		if (strcmp(arguments->operands[2], "rendezvous") != 0)
			return complain(EXIT_USAGE,
			    "needs takes the word rendezvous, not %s",
			    arguments->operands[2]);
		mode = LAUNCH_SERVER;
	}
	if (!daemon_plan_has(&daemon_plan_all, name))
		return complain(EXIT_NOT_FOUND, "unknown daemon: %s", name);
	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = is_needed(&directory, name, mode);
	peer_directory_close(&directory);
	return status;
}
