/*
 * zip_out: a zip file that is written from front to end. Memory does not grow
 * with what goes through it.
 */
#ifndef CLI_DATA_ZIP_OUT_H
#define CLI_DATA_ZIP_OUT_H

#include <time.h>

#include "common/base/bytes.h"

struct zip_out;

struct zip_out_file {
	const char *name;
	int64_t size;
	time_t changed; /* when it was */
	unsigned int mode;
};

/* Write to fd from its position; fd stays the caller's. 0 or -errno, as all of
 * these. */
int zip_out_open(int fd, struct zip_out **ret);
int zip_out_begin(struct zip_out *, const struct zip_out_file *);
int zip_out_write(struct zip_out *, struct bytes);

/* The end of the whole. Frees it, also on failure. */
int zip_out_close(struct zip_out *);

/* Give up; what was written is not a zip file. NULL is fine. */
void zip_out_abandon(struct zip_out *);

#endif
