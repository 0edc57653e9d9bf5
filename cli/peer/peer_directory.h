/*
 * peer_directory: the directory of one peer: open it, and create what is
 * missing in it.
 */
#ifndef CLI_PEER_PEER_DIRECTORY_H
#define CLI_PEER_PEER_DIRECTORY_H

#include "cli/peer/exit_status.h"
#include "common/config/config.h"

struct peer_directory {
	char *path; /* absolute, without symbolic links */
	int fd;
};

/* Open an existing one. EXIT_OK, or an error was printed. */
enum exit_status peer_directory_open(
    const char *path, struct peer_directory *ret);
/* The same, made with its parents where it is missing. */
enum exit_status peer_directory_make(
    const char *path, struct peer_directory *ret);
void peer_directory_close(struct peer_directory *);

/* Does it contain other files, and no peer? */
bool peer_directory_is_foreign(const struct peer_directory *);

/*
 * Create what config names and is missing: site (with the schema of its
 * guestbook), key, and the configuration itself (label NULL: the directory's
 * name); for a rendezvous server only the configuration. Prints what it
 * created. EXIT_OK, or an error was printed. What was created before a failure
 * stays; the next try continues from there.
 */
enum exit_status peer_directory_fill(
    const struct peer_directory *, const struct config *, const char *label);

/* Is it a valid label? One line of text, and not too long. */
bool peer_directory_takes_label(const char *text);

/* Load the configuration; print its errors and warnings. EXIT_OK with *ret
 * filled; else EXIT_CONFIG or another, with a message. */
enum exit_status peer_directory_load_config(
    const struct peer_directory *, struct config *ret);

#endif
