/*
 * out_file: a new file that is there whole or not at all: written aside as
 * FILE.partial, 0600, and renamed when it is complete. One that was left by a
 * process that was killed is written over by the next one.
 */
#ifndef CLI_DATA_OUT_FILE_H
#define CLI_DATA_OUT_FILE_H

#include "cli/peer/exit_status.h"

struct out_file {
	const char *path; /* as it was given; borrowed */
	char *aside;
	int fd; /* -1: not open */
};

void out_file_init(struct out_file *, const char *path);

/* May it be written? Not if it exists, or would lie within the folder (which
 * is absolute, without symbolic links). EXIT_OK, or a complaint was made; as
 * all of these. */
enum exit_status out_file_check(
    const struct out_file *, const char *not_within);
enum exit_status out_file_open(struct out_file *);

/* Safe on disk and in its place. */
enum exit_status out_file_finish(struct out_file *);

/* Say that it cannot be written because of the negative errno. */
enum exit_status out_file_complain(const struct out_file *, int rc);

/* Without out_file_finish(): as if nothing had been written. */
void out_file_close(struct out_file *);

#endif
