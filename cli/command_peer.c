/* goop2 peer: check everything that can be checked, then supervise. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/instance_lock.h"
#include "cli/key_file.h"
#include "cli/peer_directory.h"
#include "cli/supervisor.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/daemon_log.h"

/* Are the daemons in this directory? */
static bool
has_daemons(const char *directory)
{
	CLEANUP_FREE char *goopd = xasprintf("%s/goopd", directory);

	return access(goopd, X_OK) == 0;
}

/* Where the daemons are: beside this very program, where a prefix has them
 * (whatever the prefix was called when it was built), or where they were meant
 * to be installed. NULL if nowhere. */
static char *
find_programs(void)
{
	static const char *const places[] = { ".", "../libexec/goop2",
		GOOP_LIBEXECDIR };
	CLEANUP_FREE char *self = realpath("/proc/self/exe", NULL);
	char *path, *found;
	size_t i;

	if (self != NULL)
		*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = places[i][0] == '/' || self == NULL
			   ? xstrdup(places[i])
			   : xasprintf("%s/%s", self, places[i]);
		found = has_daemons(path) ? realpath(path, NULL) : NULL;
		free(path);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* A damaged key is goopd's to tell. */
static void
tell_who(const struct peer_directory *directory, const char *key_file)
{
	char text[PEER_ID_TEXT_SIZE] = "unknown";
	const char *reason;
	struct peer_id id;

	if (key_file_read_id(directory->fd, key_file, &id, &reason) == 0)
		peer_id_print(&id, text);
	log_info("peer %s in %s", text, directory->path);
}

static enum exit_status
supervise(const struct peer_directory *directory, const struct config *config,
    int lock)
{
	CLEANUP_FREE char *programs = find_programs();
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
	tell_who(directory, config->key_file);
	plan = (struct supervisor_plan){ .directory = directory->path,
		.run_directory = run_directory,
		.program_directory = programs,
		.lock = lock,
		.has_viewer = config->http_addr[0] != '\0' };
	return (enum exit_status)supervisor_run(&plan);
}

static enum exit_status
run_locked(const struct peer_directory *directory, int lock)
{
	enum log_level level = LOG_LEVEL_INFO;
	enum exit_status status;
	struct config config;

	status = peer_directory_load_config(directory, &config);
	if (status != EXIT_OK)
		return status;
	log_level_parse(config.log_level, &level);
	log_open("goop2", level);
	daemon_log_open();
	status = peer_directory_fill(directory, &config, NULL);
	if (status == EXIT_OK)
		status = supervise(directory, &config, lock);
	config_fini(&config);
	return status;
}

static enum exit_status
run_peer(const struct peer_directory *directory)
{
	enum exit_status status;
	pid_t other;
	int lock, rc;

	if (peer_directory_is_foreign(directory))
		return complain(EXIT_FAILED,
		    "%s holds other files and no peer: if it shall become one, "
		    "say goop2 init %s",
		    directory->path, directory->path);
	rc = instance_lock_take(directory->fd, &lock, &other);
	if (rc == INSTANCE_LOCK_HELD)
		return complain(EXIT_BUSY,
		    "a peer is running on %s already: goop2 with pid %d",
		    directory->path, (int)other);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot write into %s: %s", directory->path, strerror(-rc));
	status = run_locked(directory, lock);
	close(lock);
	return status;
}

enum exit_status
command_peer(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = run_peer(&directory);
	peer_directory_close(&directory);
	return status;
}
