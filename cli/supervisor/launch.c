#include "cli/supervisor/launch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/supervisor/instance_lock.h"
#include "cli/peer/key_file.h"
#include "cli/peer/programs.h"
#include "cli/supervisor/supervisor.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/daemon_log.h"
#include "common/daemon/run_directory.h"

/* goopd reports a damaged key. */
static void
tell_who(const struct peer_directory *directory, const struct config *config)
{
	char text[PEER_ID_TEXT_SIZE] = "unknown";
	const char *reason;
	struct peer_id id;

	if (config->rendezvous_only) {
		log_info("rendezvous server in %s", directory->path);
		return;
	}
	if (key_file_read_id(directory->fd, config->key_file, &id, &reason) ==
	    0)
		peer_id_print(&id, text);
	log_info("peer %s in %s", text, directory->path);
}

static enum exit_status
supervise(const struct peer_directory *directory, const struct config *config,
    int lock)
{
	CLEANUP_FREE char *programs = programs_find();
	CLEANUP_FREE char *run_directory = NULL;
	struct supervisor_plan plan;
	int rc;

	if (programs == NULL)
		return complain(EXIT_FAILED,
		    "goopd is neither beside goop2 nor in %s: build or install "
		    "it (make, make install)",
		    GOOP_LIBEXECDIR);
	rc = run_directory_find(directory->path, &run_directory);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot make a run directory for %s: %s", directory->path,
		    strerror(-rc));
	tell_who(directory, config);
	plan = (struct supervisor_plan){ .directory = directory->path,
		.run_directory = run_directory,
		.program_directory = programs,
		.lock = lock,
		.config = config };
	daemon_plan_make(config, &plan.daemons);
	return (enum exit_status)supervisor_run(&plan);
}

void
launch_force(enum launch_mode mode, struct config *config)
{
	if (mode == LAUNCH_SERVER)
		config->rendezvous_host = config->rendezvous_only = true;
}

static enum exit_status
launch_locked(
    const struct peer_directory *directory, enum launch_mode mode, int lock)
{
	enum log_level level = LOG_LEVEL_INFO;
	enum exit_status status;
	struct config config;

	status = peer_directory_load_config(directory, &config);
	if (status != EXIT_OK)
		return status;
	launch_force(mode, &config);
	log_level_parse(config.log_level, &level);
	log_open("goop2", level);
	daemon_log_open();
	status = peer_directory_fill(directory, &config, NULL);
	if (status == EXIT_OK)
		status = supervise(directory, &config, lock);
	config_fini(&config);
	return status;
}

enum exit_status
launch_take_lock(const struct peer_directory *directory, int *ret_lock)
{
	pid_t other;
	int rc;

	rc = instance_lock_take(directory->fd, ret_lock, &other);
	if (rc == INSTANCE_LOCK_HELD)
		return complain(EXIT_BUSY,
		    "a peer is already running on %s: goop2 with pid %d",
		    directory->path, (int)other);
	if (rc == INSTANCE_LOCK_SHARED)
		return complain(EXIT_BUSY,
		    "daemons are already running on %s, without goop2: stop "
		    "them first with systemctl",
		    directory->path);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot write into %s: %s", directory->path, strerror(-rc));
	return EXIT_OK;
}

enum exit_status
launch(const struct peer_directory *directory, enum launch_mode mode)
{
	enum exit_status status;
	int lock;

	if (peer_directory_is_foreign(directory))
		return complain(EXIT_FAILED,
		    "%s contains other files and is not a peer: to make it "
		    "one, run goop2 init %s",
		    directory->path, directory->path);
	status = launch_take_lock(directory, &lock);
	if (status != EXIT_OK)
		return status;
	status = launch_locked(directory, mode, lock);
	close(lock);
	return status;
}
