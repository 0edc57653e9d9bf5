/* curl_url: URLs in the form in which libcurl takes them. */
#ifndef COMMON_HTTP_CLIENT_CURL_URL_H
#define COMMON_HTTP_CLIENT_CURL_URL_H

#include "common/http/syntax/http_url.h"

enum { CURL_URL_SIZE = HTTP_URL_TEXT_SIZE + HTTP_URL_LOGIN_SIZE + 1024 };

/* The text of a URL and a path behind its own, with its login: erase it. */
void curl_url_print(
    const struct http_url *, const char *path, char text[CURL_URL_SIZE]);

/* International names are asked for, and certified, in ASCII (RFC 5891). 0, or
 * -EINVAL: no name of the DNS. The library is open. */
int curl_url_make_ascii(struct http_url *);

#endif
