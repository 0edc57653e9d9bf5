#include "goopd/port_mapper/port_mapper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/port_mapper/mapper_child.h"
#include "goopd/port_mapper/mapper_message.h"

COUNTER(port_mapper_failed_jobs,
    "questions to the router whose answer went over a limit");
COUNTER(port_mapper_router_restarts, "restarts of the router that were seen");

struct port_mapper {
	int fd;
	pid_t pid;
	struct event *readable;
	struct mapper_report last;
	port_mapper_fn *on_change;
	void *arg;
};

/* --- what is logged: what changed */

static bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
had_row(const struct mapper_report *before, const struct reach_mapping *row)
{
	const struct reach_mapping *rows = before->rows.items;
	size_t i;

	for (i = 0; i < before->rows.count; i++)
		if (text_same(rows[i].outside, row->outside) &&
		    text_same(rows[i].protocol, row->protocol) &&
		    text_same(rows[i].error, row->error))
			return true;
	return false;
}

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "none";
}

static void
log_changes(
    const struct mapper_report *before, const struct mapper_report *report)
{
	const struct reach_mapping *rows = report->rows.items;
	size_t i;

	for (i = 0; i < report->rows.count; i++) {
		if (had_row(before, &rows[i]))
			continue;
		if (rows[i].error == NULL)
			log_stranger("port mapped protocol=%s outside=%s "
				     "inside=%s gateway=%s",
			    or_none(rows[i].protocol), or_none(rows[i].outside),
			    or_none(rows[i].inside), or_none(rows[i].gateway));
		else
			log_stranger("no port mapped protocol=%s outside=%s "
				     "gateway=%s: %s",
			    or_none(rows[i].protocol), or_none(rows[i].outside),
			    or_none(rows[i].gateway), rows[i].error);
	}
}

/* --- reports */

static void
count(const struct mapper_report *before, const struct mapper_report *report)
{
	if (report->failed_jobs > before->failed_jobs)
		counter_add(&port_mapper_failed_jobs,
		    (uint64_t)(report->failed_jobs - before->failed_jobs));
	if (report->restarts > before->restarts)
		counter_add(&port_mapper_router_restarts,
		    (uint64_t)(report->restarts - before->restarts));
}

static void
take_report(struct port_mapper *mapper, struct mapper_report *report)
{
	log_changes(&mapper->last, report);
	count(&mapper->last, report);
	message_fini(&mapper_report_message, &mapper->last);
	mapper->last = *report;
	mapper->on_change(mapper->last.state, mapper->last.rows.items,
	    mapper->last.rows.count, mapper->arg);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct port_mapper *mapper = arg;
	struct mapper_report report;
	int rc = mapper_message_receive(fd, &mapper_report_message, &report);

	(void)what;
	if (rc == 0) {
		take_report(mapper, &report);
	} else if (rc == -EPIPE) {
		event_del(mapper->readable);
		log_warn("the port mapper ended: no port is mapped until goopd "
			 "is restarted");
		mapper->on_change("none", NULL, 0, mapper->arg);
	}
}

/* --- life */

int
port_mapper_start(struct port_mapper **ret)
{
	struct port_mapper *mapper;
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return -errno;
	pid = fork();
	if (pid == 0)
		mapper_child_main(pair[1]);
	rc = pid == -1 ? -errno : 0;
	close(pair[1]);
	if (rc < 0) {
		close(pair[0]);
		return rc;
	}
	mapper = xzalloc(sizeof(*mapper));
	mapper->fd = pair[0];
	mapper->pid = pid;
	*ret = mapper;
	return 0;
}

void
port_mapper_listen(struct port_mapper *mapper, struct event_base *base,
    uint16_t port, port_mapper_fn *on_change, void *arg)
{
	struct mapper_wish wish = { .port = port };

	mapper->on_change = on_change;
	mapper->arg = arg;
	mapper->readable = xcheck(event_new(
	    base, mapper->fd, EV_READ | EV_PERSIST, on_readable, mapper));
	event_add(mapper->readable, NULL);
	(void)mapper_message_send(mapper->fd, &mapper_wish_message, &wish);
}

void
port_mapper_free(struct port_mapper *mapper)
{
	if (mapper == NULL)
		return;
	if (mapper->readable != NULL)
		event_free(mapper->readable);
	close(mapper->fd);
	waitpid(mapper->pid, NULL, 0);
	message_fini(&mapper_report_message, &mapper->last);
	free(mapper);
}
