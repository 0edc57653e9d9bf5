# requests to http and https servers, by libcurl. From outside: http_client.h.
LIBRARIES += http_client
SRC_http_client := \
	common/http_client/connect_race.c \
	common/http_client/curl_library.c \
	common/http_client/curl_loop.c \
	common/http_client/curl_url.c \
	common/http_client/http_client.c \
	common/http_client/http_failure.c \
	common/http_client/http_proxy.c \
	common/http_client/tls_trust.c
