/*
 * peer_directory: the directory that is one peer: where it is, and making what
 * is missing in it.
 */
#ifndef CLI_PEER_PEER_DIRECTORY_H
#define CLI_PEER_PEER_DIRECTORY_H

#include "cli/peer/exit_status.h"
#include "common/config/config.h"

struct peer_directory {
	char *path; /* absolute, without symbolic links */
	int fd;
};

/* Open an existing one. EXIT_OK, or a complaint was made. */
enum exit_status peer_directory_open(
    const char *path, struct peer_directory *ret);
/* The same, made with its parents where it is missing. */
enum exit_status peer_directory_make(
    const char *path, struct peer_directory *ret);
void peer_directory_close(struct peer_directory *);

/* Does it hold other things, and no peer? */
bool peer_directory_is_foreign(const struct peer_directory *);

/*
 * Make what is missing of what config names: site (with the schema of its
 * guestbook), key, and the configuration
 * itself (label NULL: the directory's name); of a rendezvous server only the
 * configuration. Says what it made. EXIT_OK, or a
 * complaint was made. What it made before a failure stays; the next try goes on
 * from there.
 */
enum exit_status peer_directory_fill(
    const struct peer_directory *, const struct config *, const char *label);

/* May a peer be called this? One line of text, and not too long. */
bool peer_directory_takes_label(const char *text);

/* Load the configuration, print what is wrong or doubtful with it. EXIT_OK
 * with *ret filled; else EXIT_CONFIG or another, said. */
enum exit_status peer_directory_load_config(
    const struct peer_directory *, struct config *ret);

#endif
