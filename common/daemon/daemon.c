#include "common/daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon_log.h"
#include "common/daemon/daemon_settings.h"
#include "common/daemon/daemon_setup.h"
#include "common/daemon/daemon_status.h"
#include "common/daemon/notify.h"
#include "common/daemon/run_directory.h"

enum { STOP_LIMIT_MS = 2000, EXIT_USAGE = 2 };

/* The process as a whole. */
struct frame {
	struct daemon_context context; /* first: handlers get its address */
	const struct daemon *daemon;
	struct config config;
	struct event *terminate, *interrupt, *watchdog, *limit;
	bool is_supervised, is_stopping;
};

void
daemon_stopped(struct daemon_context *context)
{
	event_base_loopbreak(context->base);
}

void
daemon_set_status(struct daemon_context *context, const char *format, ...)
{
	char text[256];
	va_list arguments;

	(void)context;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	daemon_status_set(text);
	notify_status("%s", text);
}

/* --- the end */

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct frame *frame = arg;

	(void)fd;
	(void)what;
	log_warn("stopping took too long, leaving");
	event_base_loopbreak(frame->context.base);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval limit = timeval_of_ms(STOP_LIMIT_MS);
	struct frame *frame = arg;

	(void)fd;
	(void)what;
	if (frame->is_stopping)
		return;
	frame->is_stopping = true;
	log_info("stopping");
	notify_stopping();
	evtimer_add(frame->limit, &limit);
	if (frame->daemon->stop != NULL)
		frame->daemon->stop(&frame->context);
	else
		daemon_stopped(&frame->context);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_watchdog();
}

/* --- one step each, in the order of daemon_main() */

static void
log_problem(const struct config_problem *problem, const char *file)
{
	enum log_level level =
	    problem->is_warning ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;

	log_write(level, "configuration %s:%u: %s%s%s", file, problem->line,
	    problem->key, problem->key[0] != '\0' ? ": " : "", problem->reason);
}

static int
load_config(struct frame *frame)
{
	struct config_problems problems;
	const char *file;
	enum log_level level;
	size_t i;
	int rc;

	rc =
	    config_load(frame->context.dirfd, &frame->config, &file, &problems);
	for (i = 0; i < problems.count; i++)
		log_problem(&problems.items[i], file);
	config_problems_fini(&problems);
	if (rc < 0)
		return rc;
	if (log_level_parse(frame->config.log_level, &level))
		log_open(frame->daemon->name, level);
	frame->context.config = &frame->config;
	return 0;
}

static int
open_directory(struct frame *frame, const char *directory)
{
	frame->context.directory = realpath(directory, NULL);
	if (frame->context.directory != NULL)
		frame->context.dirfd = open(frame->context.directory,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (frame->context.dirfd == -1) {
		log_error("peer directory %s: %s", directory, strerror(errno));
		return -errno;
	}
	return 0;
}

static int
share_directory(struct frame *frame)
{
	const char *directory = frame->context.directory;
	int rc = daemon_share_directory(frame->context.dirfd);

	if (rc == -EBUSY)
		log_error("goop2 is running on %s: goop2 stop %s stops it",
		    directory, directory);
	else if (rc < 0)
		log_error("lock %s in %s: %s", DAEMON_LOCK_FILE, directory,
		    strerror(-rc));
	return rc;
}

static int
open_bus(struct frame *frame)
{
	static const struct bus_handler common[] = BUS_HANDLERS(NO_OPS);
	const struct bus_handler *own = frame->daemon->handlers;
	struct daemon_context *context = &frame->context;
	char *directory = NULL;
	int rc;

	rc = run_directory_find(context->directory, &directory);
	if (rc < 0) {
		log_error("run directory of %s: %s", context->directory,
		    strerror(-rc));
		return rc;
	}
	context->run_directory = directory;
	rc = bus_new(
	    context->base, directory, frame->daemon->asks_as, &context->bus);
	if (rc == 0) {
		bus_hold(context->bus); /* no thread before the sandbox */
		rc = bus_serve(context->bus, frame->daemon->name,
		    own != NULL ? own : common, context, &context->server);
	}
	if (rc < 0)
		log_error("bus in %s: %s", directory, strerror(-rc));
	return rc;
}

static struct event *
new_event(struct frame *frame, int number, short what, event_callback_fn fn)
{
	struct event *event =
	    event_new(frame->context.base, number, what, fn, frame);

	if (event == NULL)
		log_error("no memory for an event");
	return event;
}

static int
open_loop(struct frame *frame)
{
	frame->context.base = event_base_new();
	if (frame->context.base == NULL) {
		log_error("no event loop");
		return -ENOMEM;
	}
	frame->terminate =
	    new_event(frame, SIGTERM, EV_SIGNAL | EV_PERSIST, on_signal);
	frame->interrupt =
	    new_event(frame, SIGINT, EV_SIGNAL | EV_PERSIST, on_signal);
	frame->limit = new_event(frame, -1, 0, on_limit);
	frame->watchdog = new_event(frame, -1, EV_PERSIST, on_watchdog);
	if (frame->terminate == NULL || frame->interrupt == NULL ||
	    frame->limit == NULL || frame->watchdog == NULL)
		return -ENOMEM;
	evsignal_add(frame->terminate, NULL);
	/* Ctrl-C reaches all of the terminal's processes, but the order in
	 * which daemons stop is goop2's. */
	if (frame->is_supervised)
		signal(SIGINT, SIG_IGN);
	else
		evsignal_add(frame->interrupt, NULL);
	if (frame->is_supervised)
		signal(SIGHUP, SIG_IGN);
	return 0;
}

/* What the daemon asks for, and the sockets of the bus. */
static int
enter_sandbox(struct frame *frame)
{
	struct daemon_context *context = &frame->context;
	const struct sandbox *asked = frame->daemon->sandbox;
	CLEANUP_FREE struct sandbox_path *paths = NULL;
	struct sandbox sandbox = { asked->calls | SANDBOX_UNIX, NULL };
	size_t count = 0;
	int rc;

	while (asked->paths != NULL && asked->paths[count].path != NULL)
		count++;
	paths = xzalloc((count + 2) * sizeof(*paths));
	if (count > 0)
		memcpy(paths, asked->paths, count * sizeof(*paths));
	paths[count] =
	    (struct sandbox_path){ context->run_directory, SANDBOX_WRITE };
	sandbox.paths = paths;
	rc = sandbox_enter(&sandbox, context->dirfd);
	if (rc < 0)
		log_error("sandbox: %s", strerror(-rc));
	close(context->dirfd);
	context->dirfd = -1;
	return rc;
}

static int
start(struct frame *frame)
{
	struct daemon_context *context = &frame->context;
	int rc;

	if (frame->daemon->open != NULL) {
		rc = frame->daemon->open(context);
		if (rc < 0)
			return rc;
	}
	rc = enter_sandbox(frame);
	if (rc < 0)
		return rc;
	daemon_settings_open(&frame->config, frame->daemon->configure);
	rc = bus_release(context->bus);
	if (rc < 0) {
		log_error(
		    "bus in %s: %s", context->run_directory, strerror(-rc));
		return rc;
	}
	daemon_log_publish(context->server);
	return frame->daemon->start != NULL ? frame->daemon->start(context) : 0;
}

static void
run(struct frame *frame)
{
	int64_t period = notify_watchdog_period_ms();
	struct timeval every = timeval_of_ms(period);

	if (period > 0)
		evtimer_add(frame->watchdog, &every);
	log_info("ready version=%s", GOOP_VERSION);
	notify_ready();
	event_base_dispatch(frame->context.base);
}

static void
close_frame(struct frame *frame)
{
	daemon_log_publish(NULL);
	if (frame->context.bus != NULL)
		bus_free(frame->context.bus);
}

static int
run_in(struct frame *frame, const char *directory)
{
	int rc;

	rc = daemon_tie_to_supervisor(&frame->is_supervised);
	if (rc < 0) {
		log_error("supervisor: %s", strerror(-rc));
		return EXIT_FAILURE;
	}
	if (open_directory(frame, directory) < 0)
		return EXIT_FAILURE;
	if (!frame->is_supervised && share_directory(frame) < 0)
		return EXIT_FAILURE;
	if (load_config(frame) < 0)
		return DAEMON_EXIT_CONFIG;
	if (open_loop(frame) < 0 || open_bus(frame) < 0)
		return EXIT_FAILURE;
	rc = start(frame);
	if (rc == 0)
		run(frame);
	close_frame(frame);
	if (rc == -EKEYREJECTED)
		return DAEMON_EXIT_CONFIG;
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- the command line */

static void
print_usage(const struct daemon *daemon, FILE *to)
{
	fprintf(to, "usage: %s [--version] [--help] DIR\n", daemon->name);
}

/* The directory; or NULL with *ret_exit: nothing is left to do. */
static const char *
parse_options(
    const struct daemon *daemon, int argc, char *argv[], int *ret_exit)
{
	static const struct option options[] = {
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option = getopt_long(argc, argv, "", options, NULL);

	*ret_exit = EXIT_SUCCESS;
	if (option == 'v') {
		printf("%s %s\n", daemon->name, GOOP_VERSION);
		return NULL;
	}
	if (option == 'h') {
		print_usage(daemon, stdout);
		printf("%s\n", daemon->purpose);
		return NULL;
	}
	if (option == -1 && optind + 1 == argc)
		return argv[optind];
	print_usage(daemon, stderr);
	*ret_exit = EXIT_USAGE;
	return NULL;
}

int
daemon_main(const struct daemon *daemon, int argc, char *argv[])
{
	static struct frame frame; /* reachable to the end, for leak checks */
	const char *directory;
	int rc;

	directory = parse_options(daemon, argc, argv, &rc);
	if (directory == NULL)
		return rc;
	frame.daemon = daemon;
	frame.context.dirfd = -1;
	daemon_set_up_process();
	log_open(daemon->name, LOG_LEVEL_INFO);
	daemon_log_open();
	daemon_status_open(daemon->name);
	notify_open();
	return run_in(&frame, directory);
}
