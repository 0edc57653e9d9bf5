#include "goop-viewerd/settings/settings_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/config/config.h"
#include "common/config/config_change.h"
#include "common/config/config_values.h"
#include "common/daemon/sandbox.h"
#include "proto/field_json.h"

/* The descriptors of the writer, besides the standard ones. */
enum { WRITER_FD = 3, WRITER_DIRFD = 4, WRITER_FDS };

/* --- reading */

/* The original's default theme is dark; ours is the system's. */
static char *
theme_of(int dirfd, const struct config *config)
{
	struct config_value *values;
	size_t i, count;
	const char *theme = config->theme;

	if (config_values(dirfd, &values, &count) < 0)
		return xstrdup(theme);
	for (i = 0; i < count; i++) {
		if (strcmp(values[i].key, "viewer.theme") == 0 &&
		    strcmp(values[i].from, "default") == 0)
			theme = "system";
	}
	config_values_free(values, count);
	return xstrdup(theme);
}

int
settings_load(int dirfd, struct viewer_settings *ret)
{
	struct config_problems problems = { 0 };
	struct config config;
	const char *file;
	int rc = config_load(dirfd, &config, &file, &problems);

	config_problems_fini(&problems);
	if (rc < 0)
		return rc;
	*ret = (struct viewer_settings){
		.label = xstrdup(config.label),
		.email = xstrdup(config.email),
		.verification_token = xstrdup(config.verification_token),
		.theme = theme_of(dirfd, &config),
		.preferred_cam = xstrdup(config.preferred_cam),
		.preferred_mic = xstrdup(config.preferred_mic),
		.video_disabled = config.video_disabled,
		.hide_unverified = config.hide_unverified,
		.open_sites_external = config.open_sites_external,
	};
	config_fini(&config);
	return 0;
}

/* --- the child */

static void
put_why(struct buffer *answer, enum settings_outcome outcome, const char *why)
{
	(void)buffer_printf(answer, "%c%.1000s", outcome, why);
}

static void
change(int dirfd, struct bytes request, struct buffer *answer)
{
	struct viewer_settings settings;
	CLEANUP_FREE char *why = NULL;
	int rc = config_change(dirfd, request, &why);

	if (rc == -EINVAL && why != NULL) {
		put_why(answer, SETTINGS_REFUSED, why);
		return;
	}
	if (rc == 0)
		rc = settings_load(dirfd, &settings);
	if (rc < 0) {
		(void)buffer_printf(answer,
		    "%cthe configuration file cannot be written: %s",
		    SETTINGS_FAILED, strerror(-rc));
		return;
	}
	(void)buffer_printf(answer, "%c", SETTINGS_SAVED);
	if (message_encode_json(&viewer_settings_message, &settings, answer) <
	    0) {
		buffer_fini(answer);
		put_why(answer, SETTINGS_FAILED, "the file is not as expected");
	}
	message_fini(&viewer_settings_message, &settings);
}

static int
serve(int fd, int dirfd)
{
	uint8_t *request = xzalloc(SETTINGS_CHANGE_MAX);
	struct buffer answer;
	struct bytes out;
	ssize_t len;

	buffer_init(&answer, SETTINGS_CHANGE_MAX);
	while ((len = read(fd, request, SETTINGS_CHANGE_MAX)) > 0) {
		change(dirfd, (struct bytes){ request, (size_t)len }, &answer);
		out = buffer_bytes(&answer);
		if (write(fd, out.data, out.len) != (ssize_t)out.len)
			break;
		buffer_fini(&answer);
	}
	buffer_fini(&answer);
	free(request);
	return 0;
}

/* Nothing of the parent stays open but standard error; its signal handlers
 * would write into its event loop. Stop signals are for the parent: the child
 * ends when it ends. */
static int
leave_parent(int fd, int dirfd)
{
	int high_fd = fcntl(fd, F_DUPFD, WRITER_FDS);
	int high_dirfd = fcntl(dirfd, F_DUPFD, WRITER_FDS);

	log_set_sink(NULL, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_NAME, "goop-settings");
	if (high_fd == -1 || high_dirfd == -1 ||
	    dup2(high_fd, WRITER_FD) == -1 ||
	    dup2(high_dirfd, WRITER_DIRFD) == -1 ||
	    close_range(WRITER_FDS, ~0U, 0) == -1)
		return -errno;
	return 0;
}

static void __attribute__((noreturn)) writer_main(int fd, int dirfd)
{
	static const struct sandbox_path paths[] = { { ".", SANDBOX_WRITE },
		{ NULL, 0 } };
	static const struct sandbox sandbox = { SANDBOX_FILES, paths };
	int rc = leave_parent(fd, dirfd);

	if (rc == 0)
		rc = sandbox_enter(&sandbox, WRITER_DIRFD);
	if (rc < 0)
		_exit(1);
	_exit(serve(WRITER_FD, WRITER_DIRFD));
}

int
settings_writer_fork(int dirfd, int *ret_fd, pid_t *ret_pid)
{
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -errno;
	pid = fork();
	if (pid == 0)
		writer_main(pair[1], dirfd);
	rc = pid == -1 ? -errno : 0;
	close(pair[1]);
	if (rc < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1) {
		close(pair[0]);
		return rc < 0 ? rc : -errno;
	}
	*ret_fd = pair[0];
	*ret_pid = pid;
	return 0;
}
