LIBRARIES += http
SRC_http := \
	common/http/http_connection.c \
	common/http/http_etag.c \
	common/http/http_fetch.c \
	common/http/http_framing.c \
	common/http/http_host.c \
	common/http/http_listen.c \
	common/http/http_path.c \
	common/http/http_range.c \
	common/http/http_request.c \
	common/http/http_server.c \
	common/http/http_tls.c \
	common/http/socket_owner.c \
	common/http/sse_format.c \
	common/http/sse_hub.c
