#include "common/http_client/curl_loop.h"

#include "common/base/monotime.h"
enum { KEPT_MAX = 2 };

static void
collect(struct curl_loop *loop)
{
	void *transfer = NULL;
	CURLMsg *message;
	int left;

	while ((message = curl.multi_info_read(loop->multi, &left)) != NULL) {
		curl.easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		loop->user->on_done(transfer, message->data.result);
	}
}

static void
act(struct curl_loop *loop, curl_socket_t fd, int what)
{
	int running;

	loop->is_inside = true;
	curl.multi_socket_action(loop->multi, fd, what, &running);
	loop->is_inside = false;
	collect(loop);
	loop->user->on_left(loop->arg);
}

static void
loop_on_ready(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
loop_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl waits for something else of this socket from now on. */
static int
loop_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watched)
{
	struct curl_loop *loop = arg;
	struct event *event = watched;
	short wanted = EV_PERSIST;
	void *transfer = NULL;

	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		wanted |= (what & CURL_POLL_IN) != 0 ? EV_READ : 0;
		wanted |= (what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
		event = event_new(loop->base, fd, wanted, loop_on_ready, loop);
		event_add(event, NULL);
	}
	curl.multi_assign(loop->multi, fd, event);
	curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
	if (transfer != NULL) /* else libcurl's own, for kept connections */
		loop->user->on_socket(transfer, event != NULL ? fd : -1);
	return 0;
}

static int
loop_on_timeout(CURLM *multi, long ms, void *arg)
{
	struct timeval wait = timeval_of_ms(ms);
	struct curl_loop *loop = arg;

	(void)multi;
	if (ms < 0)
		event_del(loop->timer);
	else
		event_add(loop->timer, &wait);
	return 0;
}

static void
open_multi(struct curl_loop *loop)
{
	CURLM *multi = curl.multi_init();

	loop->multi = multi;
	curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, loop_on_socket);
	curl.multi_setopt(multi, CURLMOPT_SOCKETDATA, loop);
	curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, loop_on_timeout);
	curl.multi_setopt(multi, CURLMOPT_TIMERDATA, loop);
	curl.multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)KEPT_MAX);
}

void
curl_loop_init(struct curl_loop *loop, struct event_base *base,
    const struct curl_loop_user *user, void *arg)
{
	*loop = (struct curl_loop){ .base = base, .user = user, .arg = arg };
	loop->timer = evtimer_new(base, loop_on_timer, loop);
	open_multi(loop);
}

void
curl_loop_fini(struct curl_loop *loop)
{
	curl.multi_cleanup(loop->multi);
	event_free(loop->timer);
}

void
curl_loop_reset(struct curl_loop *loop)
{
	curl.multi_cleanup(loop->multi);
	open_multi(loop);
}
