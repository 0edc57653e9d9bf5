#include "cli/supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/supervisor/obituary.h"
#include "common/base/array.h"
#include "common/base/xalloc.h"

enum { SPAWN_VARIABLES = 3 };

static bool
spawn_is_ours(const char *entry)
{
	static const char *const names[] = { "NOTIFY_SOCKET=", "WATCHDOG_USEC=",
		"WATCHDOG_PID=", "GOOP_SUPERVISED=", "LISTEN_" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(entry, names[i], strlen(names[i])))
			return true;
	return false;
}

/* Our environment, except the variables between a supervisor and its daemon.
 * The first SPAWN_VARIABLES entries belong to the caller. */
static char **
spawn_environment(const struct spawn *spawn)
{
	size_t count = 0, i;
	char **list;

	while (environ != NULL && environ[count] != NULL)
		count++;
	list = xreallocarray(NULL, count + SPAWN_VARIABLES + 1, sizeof(*list));
	list[0] = xasprintf("NOTIFY_SOCKET=%s", spawn->notify_socket);
	list[1] = xasprintf(
	    "WATCHDOG_USEC=%lld", (long long)spawn->watchdog_ms * 1000);
	/* Our pid, so that a daemon notices that we died before it checked. */
	list[2] = xasprintf("GOOP_SUPERVISED=%d", (int)getpid());
	count = SPAWN_VARIABLES;
	for (i = 0; environ != NULL && environ[i] != NULL; i++)
		if (!spawn_is_ours(environ[i]))
			list[count++] = environ[i];
	list[count] = NULL;
	return list;
}

static void
spawn_reset_signals(void)
{
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* some cannot be changed: fine */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* After fork: only calls that are safe between fork and exec. */
__attribute__((noreturn)) static void
spawn_child(const struct spawn *spawn, char *const arguments[],
    char *const environment[])
{
	int null;

	setsid();
	spawn_reset_signals();
	null = open("/dev/null", O_RDONLY);
	if (null != -1)
		dup2(null, STDIN_FILENO);
	dup2(spawn->lock, SPAWN_LOCK_FD); /* without FD_CLOEXEC */
	close_range(SPAWN_LOCK_FD + 1, ~0U, 0);
	execve(spawn->program, arguments, environment);
	_exit(EXIT_CANNOT_EXECUTE);
}

pid_t
spawn_daemon(const struct spawn *spawn)
{
	char *arguments[] = { (char *)(uintptr_t)spawn->program,
		(char *)(uintptr_t)spawn->directory, NULL };
	char **environment = spawn_environment(spawn);
	pid_t pid;
	size_t i;

	pid = fork();
	if (pid == 0)
		spawn_child(spawn, arguments, environment);
	if (pid == -1)
		pid = -errno;
	for (i = 0; i < SPAWN_VARIABLES; i++)
		free(environment[i]);
	free(environment);
	return pid;
}
