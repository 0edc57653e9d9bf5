#include "cli/supervisor/leftover.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/supervisor/spawn.h"
#include "common/base/log.h"

/* Does the process hold this file where we put it, see spawn_daemon()? */
static bool
leftover_holds(pid_t pid, const struct stat *file)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, SPAWN_LOCK_FD);
	return stat(path, &st) == 0 && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

unsigned int
leftover_kill(int fd)
{
	unsigned int count = 0;
	struct dirent *entry;
	struct stat file;
	DIR *stream;
	pid_t pid;

	if (fstat(fd, &file) == -1)
		return 0;
	stream = opendir("/proc");
	if (stream == NULL)
		return 0;
	while ((entry = readdir(stream)) != NULL) {
		pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || pid == getpid() || !leftover_holds(pid, &file))
			continue;
		log_warn("killing a daemon that outlived its goop2 pid=%d",
		    (int)pid);
		kill(pid, SIGKILL);
		count++;
	}
	closedir(stream);
	return count;
}
