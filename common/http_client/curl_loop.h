/*
 * curl_loop: libcurl's multi interface on libevent. Its callbacks within a
 * transfer come from inside of libcurl, which must not be entered again then.
 */
#ifndef COMMON_HTTP_CLIENT_CURL_LOOP_H
#define COMMON_HTTP_CLIENT_CURL_LOOP_H

#include <stdbool.h>

#include <event2/event.h>

#include "common/http_client/curl_library.h"

struct curl_loop_user {
	/* libcurl waits for this socket of a transfer (CURLOPT_PRIVATE); -1: it
	 * waits for none any more. From inside. */
	void (*on_socket)(void *transfer, int fd);
	/* A transfer is over. From outside, but act on it from the loop. */
	void (*on_done)(void *transfer, CURLcode result);
	/* libcurl has been left: what waited for that may be done. */
	void (*on_left)(void *arg);
};

struct curl_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	bool is_inside;
	const struct curl_loop_user *user;
	void *arg;
};

void curl_loop_init(struct curl_loop *, struct event_base *,
    const struct curl_loop_user *, void *arg);
/* No transfer is added any more. */
void curl_loop_fini(struct curl_loop *);
/* Close all connections that are kept; no transfer is added. */
void curl_loop_reset(struct curl_loop *);

#endif
