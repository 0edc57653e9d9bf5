#include "goopd/port_mapper/mapper_job.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox.h"
#include "goopd/port_mapper/mapper_message.h"
#include "goopd/port_mapper/router_ask.h"

enum { RESULT = 0, MIB = 1024 * 1024 };

struct mapper_job {
	struct event_base *base;
	mapper_answer_fn *on_answer;
	void *arg;
	int statm;
	struct mapping_ask ask;
	pid_t pid; /* 0: no job is under way */
	int pidfd;
	int fd;
	struct event *readable;
	struct event *due;
	uint64_t failures;
};

/* --- in the job */

static int
set_limit(int resource, rlim_t most)
{
	struct rlimit limit = { most, most };

	return setrlimit((__rlimit_resource_t)resource, &limit) == -1 ? -errno
								      : 0;
}

/* proc(5): the first number is the size in pages. */
static int
limit_memory(int statm)
{
	char text[64] = "";
	unsigned long pages;

	if (statm == -1)
		return 0;
	if (pread(statm, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%lu", &pages) != 1)
		return -EIO;
	return set_limit(
	    RLIMIT_AS, pages * (unsigned long)sysconf(_SC_PAGESIZE) +
			   MAPPER_JOB_MEMORY_MIB * MIB);
}

/* 0 or -errno */
static int
confine(int statm)
{
	int rc = limit_memory(statm);

	if (rc == 0)
		rc = set_limit(RLIMIT_CPU, MAPPER_JOB_CPU_S);
	if (rc == 0)
		rc = set_limit(RLIMIT_NOFILE, MAPPER_JOB_DESCRIPTORS);
	if (rc == 0)
		rc = set_limit(RLIMIT_CORE, 0);
	if (rc == 0)
		rc = sandbox_tighten(
		    SANDBOX_TCP | SANDBOX_UDP | SANDBOX_NETLINK);
	return rc;
}

static void
job_main(int fd, int statm, const struct mapping_ask *ask)
{
	struct mapping_answer answer;

	prctl(PR_SET_NAME, "goopd-router");
	if (dup2(fd, RESULT) == -1 || dup2(1, 2) == -1 || confine(statm) < 0 ||
	    close_range(3, ~0U, 0) == -1)
		_exit(1);
	router_ask(ask, &answer);
	_exit(mapper_answer_send(RESULT, &answer) < 0);
}

/* --- in the mapper */

/* fork(2), with a descriptor of the child: what may signal by descriptor alone
 * can signal nothing else. */
static pid_t
fork_with_pidfd(int *ret_pidfd)
{
	return (pid_t)syscall(
	    SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, ret_pidfd, NULL, NULL);
}

static void
drop(struct mapper_job *job)
{
	event_del(job->due);
	if (job->pid == 0)
		return;
	event_free(job->readable);
	close(job->fd);
	pidfd_send_signal(job->pidfd, SIGKILL, NULL, 0);
	waitpid(job->pid, NULL, 0);
	close(job->pidfd);
	job->pid = 0;
}

static void
fail(struct mapper_job *job)
{
	struct mapping_answer answer = {
		.verdict = MAPPING_MALFORMED,
		.protocol = job->ask.protocol,
		.network = job->ask.network,
	};

	drop(job);
	job->failures++;
	log_stranger("the router's answers went over a limit: not taken");
	job->on_answer(&answer, job->arg);
}

static void
on_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg);
}

/* What the job sent, or that it ended without. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mapping_answer answer;
	struct mapper_job *job = arg;
	int rc = mapper_answer_receive(fd, &answer);

	(void)what;
	if (rc == -EAGAIN)
		return;
	if (rc < 0) {
		fail(job);
		return;
	}
	drop(job);
	job->on_answer(&answer, job->arg);
}

static int
start(struct mapper_job *job)
{
	int pair[2], rc = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return -errno;
	job->pid = fork_with_pidfd(&job->pidfd);
	if (job->pid == 0)
		job_main(pair[1], job->statm, &job->ask);
	if (job->pid == -1)
		rc = -errno;
	close(pair[1]);
	if (rc < 0) {
		job->pid = 0;
		close(pair[0]);
		return rc;
	}
	job->fd = pair[0];
	job->readable = xcheck(event_new(
	    job->base, job->fd, EV_READ | EV_PERSIST, on_readable, job));
	event_add(job->readable, NULL);
	return 0;
}

void
mapper_job_ask(struct mapper_job *job, const struct mapping_ask *ask)
{
	struct timeval limit = timeval_of_ms(MAPPER_JOB_MS);

	drop(job);
	job->ask = *ask;
	if (start(job) == 0)
		event_add(job->due, &limit);
	else
		event_active(job->due, EV_TIMEOUT, 0);
}

struct mapper_job *
mapper_job_new(
    struct event_base *base, int statm, mapper_answer_fn *on_answer, void *arg)
{
	struct mapper_job *job = xzalloc(sizeof(*job));

	job->base = base;
	job->statm = statm;
	job->on_answer = on_answer;
	job->arg = arg;
	job->due = xcheck(evtimer_new(base, on_due, job));
	return job;
}

void
mapper_job_free(struct mapper_job *job)
{
	if (job == NULL)
		return;
	drop(job);
	event_free(job->due);
	free(job);
}

uint64_t
mapper_job_failures(const struct mapper_job *job)
{
	return job->failures;
}
