/*
 * out_file: a new file that appears whole or not at all: written aside as
 * FILE.partial, 0600, and renamed when it is complete. The file of a killed
 * process is overwritten by the next.
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

/* May it be written? Not if it exists, or would be inside the folder (absolute,
 * without symbolic links). EXIT_OK, or an error was printed, as by all of
 * these. */
enum exit_status out_file_check(
    const struct out_file *, const char *not_within);
enum exit_status out_file_open(struct out_file *);

/* Sync it to disk and rename it. */
enum exit_status out_file_finish(struct out_file *);

/* Print that it cannot be written because of the negative errno. */
enum exit_status out_file_complain(const struct out_file *, int rc);

/* Without out_file_finish(), remove it. */
void out_file_close(struct out_file *);

#endif
