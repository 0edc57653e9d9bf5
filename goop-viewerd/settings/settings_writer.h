/*
 * settings_writer: the only process of goop-viewerd that can write goop.json: a
 * child, forked while there are rights, with one request: change these keys.
 * The process that speaks HTTP cannot open files.
 */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_WRITER_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_WRITER_H

#include <sys/types.h>

#include "common/config/config_change.h"
#include "goop-viewerd/answers/viewer_json.h"

enum { SETTINGS_CHANGE_MAX = 32 * 1024 }; /* bytes of a request, of an answer */

/* The first byte of an answer; what follows is text. */
enum settings_outcome {
	SETTINGS_SAVED = 'S',   /* viewer_settings as JSON, as they are now */
	SETTINGS_REFUSED = 'R', /* why: the value is wrong */
	SETTINGS_FAILED = 'F',  /* why: the file could not be written */
};

/* The settings in the configuration of the peer directory. 0 or -errno. */
int settings_load(int dirfd, struct viewer_settings *ret);

/* Fork the writer. A request is one datagram, config_change()'s JSON; so is
 * the answer. 0 with the non-blocking socket, at whose end the writer ends, or
 * -errno. */
int settings_writer_fork(int dirfd, int *ret_fd, pid_t *ret_pid);

#endif
