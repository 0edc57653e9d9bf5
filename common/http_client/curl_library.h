/*
 * curl_library: libcurl, loaded when the first server is to be reached. It
 * brings some twenty libraries along, 3.5 MiB that a peer without a rendezvous
 * server does not pay for.
 */
#ifndef COMMON_HTTP_CLIENT_CURL_LIBRARY_H
#define COMMON_HTTP_CLIENT_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <idn2.h>

/* What is used of it; curl_easy_init() is curl.easy_init(). */
#define CURL_FUNCTIONS(X) \
	X(global_init) \
	X(easy_init) \
	X(easy_cleanup) \
	X(easy_setopt) \
	X(easy_getinfo) \
	X(easy_header) \
	X(easy_pause) \
	X(multi_init) \
	X(multi_cleanup) \
	X(multi_setopt) \
	X(multi_add_handle) \
	X(multi_remove_handle) \
	X(multi_socket_action) \
	X(multi_info_read) \
	X(multi_assign) \
	X(slist_append) \
	X(slist_free_all)

struct curl_library {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
	/* of libidn2, which libcurl stands on */
	__typeof__(idn2_lookup_u8) *idn2_lookup_u8;
};
extern struct curl_library curl;

/* Load and initialise it, while the process still may; again: nothing. 0, or
 * -ELIBACC after having logged why. */
int curl_library_open(void);

#endif
