#include "common/resolver/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/resolver/resolver_child.h"

COUNTER(resolver_busy, "names not looked up: too many under way");

LIST_HEAD(questions, resolver_question);

struct name {
	char name[RESOLVER_NAME_SIZE]; /* "": the place is free */
	uint32_t id;                   /* of the lookup under way; 0: none */
	struct resolver_answer answer;
	struct monotime fresh_until; /* 0: no answer, or it is forgotten */
	struct questions questions;
};

struct resolver {
	int fd;
	pid_t pid;
	uint32_t last_id;
	struct name names[RESOLVER_NAMES_MAX];
	struct questions refused; /* their answer is that we are busy */
	struct event *readable;
	struct event *tell; /* answers that are there already, from the loop */
	resolver_lost_fn *on_lost;
	void *arg;
};

/* --- answers */

static void
answer_all(struct questions *questions, const struct resolver_answer *borrowed)
{
	/* on the stack: a caller may ask for another name in its place */
	struct resolver_answer answer = *borrowed;
	struct resolver_question *question;
	struct questions told;

	LIST_INIT(&told);
	while ((question = LIST_FIRST(questions)) != NULL) {
		LIST_REMOVE(question, link);
		LIST_INSERT_HEAD(&told, question, link);
	}
	while ((question = LIST_FIRST(&told)) != NULL) {
		resolver_cancel(question);
		question->on_answer(&answer, question->arg);
	}
}

static void
resolver_on_tell(evutil_socket_t fd, short what, void *arg)
{
	static const struct resolver_answer busy = { .error = EAI_AGAIN };
	struct resolver *resolver = arg;
	size_t i;

	(void)fd;
	(void)what;
	for (i = 0; i < RESOLVER_NAMES_MAX; i++)
		if (resolver->names[i].id == 0)
			answer_all(&resolver->names[i].questions,
			    &resolver->names[i].answer);
	answer_all(&resolver->refused, &busy);
}

static void
take_answer(struct resolver *resolver, struct bytes packet)
{
	struct resolver_answer answer;
	struct name *name = NULL;
	uint32_t id;
	size_t i;

	if (resolver_answer_decode(packet, &id, &answer) < 0 || id == 0)
		return;
	for (i = 0; i < RESOLVER_NAMES_MAX; i++)
		if (resolver->names[i].id == id)
			name = &resolver->names[i];
	if (name == NULL)
		return;
	name->id = 0;
	name->answer = answer;
	name->fresh_until = (struct monotime){ 0 };
	if (answer.error == 0)
		name->fresh_until =
		    monotime_add_ms(monotime_now(), RESOLVER_FRESH_MS);
	answer_all(&name->questions, &answer);
}

static void
resolver_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;
	uint8_t packet[RESOLVER_ANSWER_MAX + 1];
	ssize_t len = recv(fd, packet, sizeof(packet), 0);

	(void)what;
	if (len > 0) {
		take_answer(resolver, (struct bytes){ packet, (size_t)len });
	} else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
		event_del(resolver->readable);
		resolver->on_lost(resolver->arg);
	}
}

/* --- questions */

static struct name *
find_name(struct resolver *resolver, const char *name)
{
	size_t i;

	for (i = 0; i < RESOLVER_NAMES_MAX; i++)
		if (strcmp(resolver->names[i].name, name) == 0)
			return &resolver->names[i];
	return NULL;
}

/* A place for this name: its own, or the oldest that is not in use. */
static struct name *
make_name(struct resolver *resolver, const char *text)
{
	struct name *name = find_name(resolver, text), *one;
	size_t i;

	for (i = 0; i < RESOLVER_NAMES_MAX && name == NULL; i++)
		if (resolver->names[i].name[0] == '\0')
			name = &resolver->names[i];
	if (name == NULL) {
		for (i = 0; i < RESOLVER_NAMES_MAX; i++) {
			one = &resolver->names[i];
			if (one->id == 0 && LIST_EMPTY(&one->questions) &&
			    (name == NULL ||
				one->fresh_until.us < name->fresh_until.us))
				name = one;
		}
	}
	if (name != NULL && strcmp(name->name, text) != 0) {
		memcpy(name->name, text, strlen(text) + 1);
		name->fresh_until = (struct monotime){ 0 };
	}
	return name;
}

/* 0, or -errno if the child's queue is full. */
static int
send_question(struct resolver *resolver, struct name *name)
{
	uint8_t packet[RESOLVER_QUESTION_MAX];
	size_t len;

	if (++resolver->last_id == 0)
		resolver->last_id = 1;
	len = resolver_question_encode(resolver->last_id, name->name, packet);
	if (send(resolver->fd, packet, len, MSG_NOSIGNAL) == -1)
		return -errno;
	name->id = resolver->last_id;
	return 0;
}

void
resolver_ask(struct resolver *resolver, const char *text,
    struct resolver_question *question)
{
	struct name *name = NULL;

	question->is_waiting = true;
	if (*text != '\0' && strlen(text) < RESOLVER_NAME_SIZE)
		name = make_name(resolver, text);
	if (name != NULL && name->id == 0 &&
	    monotime_reached(monotime_now(), name->fresh_until) &&
	    send_question(resolver, name) < 0)
		name = NULL;
	if (name == NULL)
		counter_add(&resolver_busy, 1);
	LIST_INSERT_HEAD(name != NULL ? &name->questions : &resolver->refused,
	    question, link);
	if (name == NULL || name->id == 0)
		event_active(resolver->tell, EV_TIMEOUT, 0);
}

void
resolver_cancel(struct resolver_question *question)
{
	if (!question->is_waiting)
		return;
	LIST_REMOVE(question, link);
	question->is_waiting = false;
}

void
resolver_forget(struct resolver *resolver, const char *text)
{
	struct name *name = *text != '\0' ? find_name(resolver, text) : NULL;

	if (name != NULL)
		name->fresh_until = (struct monotime){ 0 };
}

/* --- life */

int
resolver_new(struct event_base *base, resolver_lost_fn *on_lost, void *arg,
    struct resolver **ret)
{
	struct resolver *resolver;
	int pair[2], rc;
	size_t i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -errno;
	pid = fork();
	if (pid == 0)
		resolver_child_main(pair[1]);
	rc = pid == -1 ? -errno : 0;
	close(pair[1]);
	if (rc < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1) {
		close(pair[0]);
		return rc < 0 ? rc : -errno;
	}
	resolver = xzalloc(sizeof(*resolver));
	resolver->fd = pair[0];
	resolver->pid = pid;
	resolver->on_lost = on_lost;
	resolver->arg = arg;
	LIST_INIT(&resolver->refused);
	for (i = 0; i < RESOLVER_NAMES_MAX; i++)
		LIST_INIT(&resolver->names[i].questions);
	resolver->readable = event_new(base, resolver->fd, EV_READ | EV_PERSIST,
	    resolver_on_readable, resolver);
	resolver->tell = evtimer_new(base, resolver_on_tell, resolver);
	event_add(resolver->readable, NULL);
	*ret = resolver;
	return 0;
}

void
resolver_free(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	event_free(resolver->readable);
	event_free(resolver->tell);
	close(resolver->fd);
	waitpid(resolver->pid, NULL, 0);
	free(resolver);
}

int
resolver_pid(const struct resolver *resolver)
{
	return resolver->pid;
}
