/* goop2 init, goop2 id: the peer directory and its peer id. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands/command.h"
#include "cli/supervisor/instance_lock.h"
#include "cli/peer/key_file.h"
#include "cli/supervisor/launch.h"
#include "cli/peer/peer_directory.h"
#include "proto/goopd_ops.h"

static enum exit_status
check_label(const char *label)
{
	if (label == NULL)
		return EXIT_OK;
	if (!peer_directory_takes_label(label))
		return complain(EXIT_USAGE,
		    "a label is one line of 1 to %d bytes of UTF-8 text",
		    GOOP_LABEL_MAX);
	return EXIT_OK;
}

static bool
has_config(const struct peer_directory *directory)
{
	return faccessat(directory->fd, "goop.json", F_OK, 0) == 0 ||
	       faccessat(directory->fd, "goop.yaml", F_OK, 0) == 0;
}

/* With the lock, so that no other process makes a key meanwhile. */
static enum exit_status
init_locked(
    const struct peer_directory *directory, const struct arguments *arguments)
{
	bool is_new = !has_config(directory);
	enum exit_status status;
	struct config config;
	pid_t other;
	int lock, rc;

	rc = instance_lock_take(directory->fd, &lock, &other);
	if (rc == INSTANCE_LOCK_HELD)
		return complain(EXIT_BUSY,
		    "a peer is running on %s (goop2 with pid %d): stop it "
		    "first",
		    directory->path, (int)other);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot write into %s: %s", directory->path, strerror(-rc));
	if (rc == INSTANCE_LOCK_SHARED)
		lock = -1; /* a server becomes a peer, too */
	status = peer_directory_load_config(directory, &config);
	if (status == EXIT_OK) {
		launch_force(arguments->is_rendezvous ? LAUNCH_SERVER
						      : LAUNCH_AS_CONFIGURED,
		    &config);
		if (!is_new)
			printf("%s is already a peer: only what is missing is "
			       "created\n",
			    directory->path);
		status =
		    peer_directory_fill(directory, &config, arguments->label);
		config_fini(&config);
	}
	if (lock != -1)
		close(lock);
	return status;
}

enum exit_status
command_init(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;

	status = check_label(arguments->label);
	if (status == EXIT_OK)
		status =
		    peer_directory_make(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	if (arguments->label != NULL && arguments->is_rendezvous)
		status =
		    complain(EXIT_USAGE, "a rendezvous server has no label");
	else if (arguments->label != NULL && has_config(&directory))
		status = complain(EXIT_FAILED,
		    "%s already has a configuration: change the label on the "
		    "Me page, or set profile.label in goop.json",
		    directory.path);
	else
		status = init_locked(&directory, arguments);
	if (status == EXIT_OK)
		printf("Start it with: goop2 %s %s\n",
		    arguments->is_rendezvous ? "rendezvous" : "peer",
		    arguments->operands[0]);
	peer_directory_close(&directory);
	return status;
}

static enum exit_status
print_id(const struct peer_directory *directory, const char *key_file)
{
	char text[PEER_ID_TEXT_SIZE];
	const char *reason = NULL;
	struct peer_id id;
	int rc;

	rc = key_file_read_id(directory->fd, key_file, &id, &reason);
	if (rc == -ENOENT)
		return complain(EXIT_NOT_FOUND,
		    "there is no key %s in %s: goop2 init %s creates one",
		    key_file, directory->path, directory->path);
	if (rc == -EINVAL)
		return complain(EXIT_CONFIG,
		    "%s in %s is damaged (%s): restore it from a backup, or "
		    "move it away to start as a new peer",
		    key_file, directory->path, reason);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot read %s in %s: %s", key_file, directory->path,
		    strerror(-rc));
	peer_id_print(&id, text);
	printf("%s\n", text);
	return EXIT_OK;
}

enum exit_status
command_id(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;
	struct config config;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = peer_directory_load_config(&directory, &config);
	if (status == EXIT_OK) {
		status = print_id(&directory, config.key_file);
		config_fini(&config);
	}
	peer_directory_close(&directory);
	return status;
}
