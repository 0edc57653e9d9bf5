/*
 * notify_listener: the receiver of sd_notify(3): which daemon (by the pid that
 * the kernel attests) is ready or alive, and its status.
 */
#ifndef CLI_SUPERVISOR_NOTIFY_LISTENER_H
#define CLI_SUPERVISOR_NOTIFY_LISTENER_H

#include <sys/types.h>

#include "common/base/bytes.h"

enum { NOTIFY_DATAGRAM_MAX = 2048, NOTIFY_STATUS_MAX = 255 };

/* The content of one datagram. */
struct notify_news {
	bool is_ready;
	bool is_alive;
	bool is_stopping;
	bool has_status;
	char status[NOTIFY_STATUS_MAX + 1]; /* printable UTF-8 */
};

/* Read a datagram: lines of NAME=VALUE, unknown ones are skipped. */
void notify_news_parse(struct bytes datagram, struct notify_news *ret);

/* Bind the datagram socket at path, replacing a stale one. The descriptor, or
 * -errno. */
int notify_listener_open(const char *path);

/* Take one datagram. 1: *ret_pid sent *ret; 0: none waits, or it had no sender;
 * or -errno. */
int notify_listener_receive(int fd, pid_t *ret_pid, struct notify_news *ret);

#endif
