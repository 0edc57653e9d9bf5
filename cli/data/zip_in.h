/*
 * zip_in: an untrusted zip file, read from front to end. The central directory
 * is not used, so parts cannot overlap, and memory does not grow with the sizes
 * that the file claims.
 */
#ifndef CLI_DATA_ZIP_IN_H
#define CLI_DATA_ZIP_IN_H

#include <sys/types.h>
#include <time.h>

#include "common/base/bytes.h"

enum { ZIP_IN_END = 1 };

struct zip_in;

struct zip_in_entry {
	const char *name; /* valid until the next entry; NULL: not UTF-8 */
	bool is_file;
	bool is_folder;
	time_t changed;
};

/* Read fd from its start; fd stays the caller's. 0, -EBADMSG if it is not a zip
 * file, or -errno. */
int zip_in_open(int fd, struct zip_in **ret);

/* The next entry; the rest of the last one is skipped. 0, ZIP_IN_END, or
 * -EBADMSG: see zip_in_why(). */
int zip_in_next(struct zip_in *, struct zip_in_entry *ret);

/* Some bytes of it. How many, 0 at its end, or -EBADMSG. */
ssize_t zip_in_read(struct zip_in *, uint8_t *to, size_t len);

/* What was wrong, borrowed. */
const char *zip_in_why(const struct zip_in *);

void zip_in_close(struct zip_in *);

#endif
