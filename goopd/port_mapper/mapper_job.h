/*
 * mapper_job: a process for each question to a router. It blocks, allocates
 * what the router tells it to, and parses that; so it has a few MiB, two
 * seconds of processor, some sockets and no files, and is killed when its time
 * is up. Its end, however it comes, is an answer.
 */
#ifndef GOOPD_PORT_MAPPER_MAPPER_JOB_H
#define GOOPD_PORT_MAPPER_MAPPER_JOB_H

#include <event2/event.h>

#include "goopd/port_mapper/mapping.h"

enum {
	MAPPER_JOB_MS = 12000,     /* then it is killed; all protocols fit in */
	MAPPER_JOB_CPU_S = 2,      /* one needs some 5 ms */
	MAPPER_JOB_MEMORY_MIB = 8, /* beyond what it was born with */
	MAPPER_JOB_DESCRIPTORS = 16,
};

struct mapper_job;

typedef void mapper_answer_fn(const struct mapping_answer *, void *arg);

/* One job at a time. statm: /proc/self/statm, open, or -1: no limit of memory.
 * on_answer comes from the loop. */
struct mapper_job *mapper_job_new(
    struct event_base *, int statm, mapper_answer_fn *on_answer, void *arg);
void mapper_job_free(struct mapper_job *); /* NULL is fine */

/* Ask; a question under way is dropped, its process ends. */
void mapper_job_ask(struct mapper_job *, const struct mapping_ask *);

/* Jobs that were killed, crashed, or answered without sense. */
uint64_t mapper_job_failures(const struct mapper_job *);

#endif
