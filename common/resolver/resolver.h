/*
 * resolver: the addresses of names, asked from the system (getaddrinfo) by a
 * child process, so that the daemon itself reads no answers of name servers and
 * keeps neither the files nor the modules of the name service. An answer is
 * kept for RESOLVER_FRESH_MS, since getaddrinfo tells no TTL.
 */
#ifndef COMMON_RESOLVER_RESOLVER_H
#define COMMON_RESOLVER_RESOLVER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "common/resolver/resolver_message.h"

enum {
	RESOLVER_NAMES_MAX = 8, /* kept or being asked for */
	RESOLVER_FRESH_MS = 60 * 1000,
};

struct resolver;

/* A caller that waits; embedded. on_answer and arg are set before. */
struct resolver_question {
	LIST_ENTRY(resolver_question) link;
	bool is_waiting;
	/* The answer is borrowed. */
	void (*on_answer)(const struct resolver_answer *, void *arg);
	void *arg;
};

/* Fork the child. Call before the sandbox stands; on_lost: the child has died,
 * and nothing is answered any more. 0 or -errno. */
typedef void resolver_lost_fn(void *arg);
int resolver_new(struct event_base *, resolver_lost_fn *on_lost, void *arg,
    struct resolver **ret);
/* The child ends; no lookup may be under way. NULL is fine. */
void resolver_free(struct resolver *);

/* The child's process id, for tests. */
int resolver_pid(const struct resolver *);

/* Ask for a name. on_answer comes from the loop, never from inside this call.
 * When too much is under way the answer is EAI_AGAIN. */
void resolver_ask(
    struct resolver *, const char *name, struct resolver_question *);
/* Wait no longer; also for a question that does not wait. */
void resolver_cancel(struct resolver_question *);

/* The addresses of this name led nowhere: ask anew next time. */
void resolver_forget(struct resolver *, const char *name);

#endif
