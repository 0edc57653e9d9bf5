/* fetch_body: the bytes behind a ticket (proto/goopd_ops.h, site_open). */
#ifndef CLI_COMMANDS_FETCH_BODY_H
#define CLI_COMMANDS_FETCH_BODY_H

#include "common/base/bytes.h"

enum { FETCH_BODY_STALL_MS = 60 * 1000 };
enum { FETCH_BODY_BROKEN = 1, FETCH_BODY_STALLED };

/*
 * Show the ticket to goopd.stream in run_directory and write exactly length
 * bytes to the descriptor to. *ret_got is how many were written, always. 0; a
 * named outcome if fewer came; or -errno if they could not be written.
 */
int fetch_body_copy(const char *run_directory, struct bytes ticket,
    int64_t length, int to, int64_t *ret_got);

#endif
