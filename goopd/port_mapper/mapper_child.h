/*
 * mapper_child: the mapper's side: a process that goopd forks before it has
 * read the key or opened a socket, with no right but sockets and jobs
 * (mapper_job.h). It decides when to ask, asks, and reports.
 */
#ifndef GOOPD_PORT_MAPPER_MAPPER_CHILD_H
#define GOOPD_PORT_MAPPER_MAPPER_CHILD_H

enum {
	/* When goopd ends, however: time to take the mappings back. */
	MAPPER_END_MS = 2000,
};

/* Serve goopd over fd, one end of a SOCK_SEQPACKET pair, until the other end
 * closes; take the mappings back, end the process. */
void mapper_child_main(int fd) __attribute__((noreturn));

#endif
