/*
 * data_bus: asks goopd for data over the bus, as its siblings do, line by line:
 *
 *	data_bus DIR
 *
 * Each line of standard input is "WORD PEER_ID REQUEST"; each is answered, when
 * it is, by a line "WORD ok JSON" (JSON may be empty) or "WORD CODE SENTENCE".
 * Several may be under way. When own tables change, "changed TABLE" comes.
 * Ends when its input has ended and all is answered.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/bus/goopd_bus.h"
#include "common/daemon/run_directory.h"

enum { BUDGET_MS = 30000, LINE_MAX_BYTES = 1024 * 1024 };

struct asker {
	struct event_base *base;
	struct bus_client *client;
	const char *run_directory;
	struct event *input;
	size_t pending;
	bool is_ended;
	char line[LINE_MAX_BYTES];
	size_t len;
};

struct asked {
	struct asker *asker;
	char *word;
};

static void
end_if_done(struct asker *asker)
{
	if (asker->is_ended && asker->pending == 0)
		event_base_loopbreak(asker->base);
}

/* A large answer: read it at once, from this machine. */
static void
print_by_ticket(const struct asker *asker, const struct data_reply *reply)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_FREE char *data = xzalloc((size_t)reply->length);
	size_t have = 0, want = (size_t)reply->length;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n = 1;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/goopd.stream",
	    asker->run_directory);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    write(fd, reply->ticket.data, reply->ticket.len) == -1)
		die("no stream from goopd");
	while (have < want && n > 0) {
		n = read(fd, data + have, want - have);
		have += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	fwrite(data, 1, have, stdout);
}

static void
on_answer(
    const struct bus_error *error, const struct data_reply *reply, void *arg)
{
	struct asked *asked = arg;
	struct asker *asker = asked->asker;

	if (error != NULL) {
		printf("%s %s %s\n", asked->word, bus_code_name(error->code),
		    error->message);
	} else {
		printf("%s ok ", asked->word);
		if (reply->ticket.len > 0)
			print_by_ticket(asker, reply);
		else
			fwrite(reply->data.data, 1, reply->data.len, stdout);
		putchar('\n');
	}
	fflush(stdout);
	free(asked->word);
	free(asked);
	asker->pending--;
	end_if_done(asker);
}

static void
ask(struct asker *asker, char *line)
{
	struct asked *asked = xzalloc(sizeof(*asked));
	char *peer = strchr(line, ' ');
	char *op = peer != NULL ? strchr(peer + 1, ' ') : NULL;
	char *body = op != NULL ? strchr(op + 1, ' ') : NULL;
	struct data_ask ask = { 0 };

	if (body == NULL)
		die("no question: %s", line);
	*peer++ = *op++ = *body++ = '\0';
	ask.peer_id = peer;
	ask.op = op;
	ask.body = (struct octets){ (uint8_t *)body, strlen(body) };
	asked->asker = asker;
	asked->word = xstrdup(line);
	asker->pending++;
	ask_data_ask(asker->client, &ask, BUDGET_MS, on_answer, asked);
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct asker *asker = arg;
	ssize_t n;
	char *end;

	(void)what;
	n = read(
	    fd, asker->line + asker->len, sizeof(asker->line) - asker->len - 1);
	if (n <= 0) {
		asker->is_ended = true;
		event_del(asker->input);
		end_if_done(asker);
		return;
	}
	asker->len += (size_t)n;
	while ((end = memchr(asker->line, '\n', asker->len)) != NULL) {
		*end++ = '\0';
		ask(asker, asker->line);
		asker->len -= (size_t)(end - asker->line);
		memmove(asker->line, end, asker->len);
	}
}

static void
on_changed(const struct data_change *change, void *arg)
{
	(void)arg;
	printf("changed %s\n", change->table);
	fflush(stdout);
}

static void
on_gap(void *arg)
{
	(void)arg;
}

int
main(int argc, char *argv[])
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(data_changed, on_changed), BUS_SUBSCRIBER_END
	};
	static const struct bus_watcher watcher = { events, on_gap, NULL };
	static struct asker asker;
	CLEANUP_FREE char *directory = NULL;
	CLEANUP_FREE char *run = NULL;
	struct bus *bus;

	if (argc != 2 || (directory = realpath(argv[1], NULL)) == NULL)
		die("usage: data_bus DIR");
	if (run_directory_find(directory, &run) < 0)
		die("no run directory of %s", directory);
	asker.base = event_base_new();
	asker.run_directory = run;
	if (bus_new(asker.base, run, FROM_VIEWERD, &bus) < 0)
		die("no bus in %s", run);
	asker.client = bus_connect(bus, "goopd", &watcher, &asker);
	asker.input = event_new(
	    asker.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, &asker);
	event_add(asker.input, NULL);
	event_base_dispatch(asker.base);
	bus_client_free(asker.client);
	bus_free(bus);
	return 0;
}
