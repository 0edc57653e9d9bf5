/*
 * mapper_message: what passes between goopd and the port mapper, and between
 * the mapper and its jobs: one packet each, msgpack by the tables of
 * proto/field.h. A job parses what routers say, and the mapper hears the job,
 * so their packets are checked as if they came from strangers. Pure.
 */
#ifndef GOOPD_PORT_MAPPER_MAPPER_MESSAGE_H
#define GOOPD_PORT_MAPPER_MAPPER_MESSAGE_H

#include "goopd/port_mapper/mapping.h"
#include "goopd/port_mapper/port_policy.h"
#include "proto/reach_ops.h"

enum { MAPPER_PACKET_MAX = 8192, MAPPER_FAMILIES = 2 };

/* goopd to the mapper: the port to be mapped. */
struct mapper_wish {
	int64_t port;
};

/* The mapper to goopd, whenever something changed: all there is to know. */
struct mapper_report {
	const char *state;   /* as in struct reachability_report */
	struct records rows; /* struct reach_mapping */
	int64_t failed_jobs; /* killed, crashed, or without sense; so far */
	int64_t restarts;    /* of the router; so far */
};

/* A job to the mapper: struct mapping_answer. */
struct mapper_result {
	int64_t verdict;
	int64_t protocol;
	const char *gateway; /* addresses; absent: none */
	const char *own;
	int64_t interface;
	const char *external;
	int64_t external_port;
	int64_t lifetime_s;
	bool has_epoch;
	int64_t epoch_s;
	const char *location;
	const char *pinhole;
};

#define MAPPER_MESSAGES(ROW) \
	ROW(mapper_wish) \
	ROW(mapper_report) \
	ROW(mapper_result)
MAPPER_MESSAGES(MESSAGE_DECLARE)

/* Write one as a packet. 0 or -errno. */
int mapper_message_send(int fd, const struct message *, const void *);
int mapper_answer_send(int fd, const struct mapping_answer *);

/* Read one packet. 0; -EAGAIN: there is none yet; -EPIPE: the other side is
 * gone; -EBADMSG. message_fini() the struct. */
int mapper_message_receive(int fd, const struct message *, void *ret);
int mapper_answer_receive(int fd, struct mapping_answer *ret);

/* What has come of both families; for message_fini(). */
void mapper_report_make(const struct port_policy policies[MAPPER_FAMILIES],
    struct monotime now, struct mapper_report *ret);

#endif
