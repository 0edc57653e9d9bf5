LIBRARIES += http
# syntax/: header values, paths, URLs and the rules on hosts and origins: pure
# functions. Used everywhere.
SRC_http := \
	common/http/syntax/html.c \
	common/http/syntax/http_date.c \
	common/http/syntax/http_etag.c \
	common/http/syntax/http_fetch.c \
	common/http/syntax/http_framing.c \
	common/http/syntax/http_host.c \
	common/http/syntax/http_path.c \
	common/http/syntax/http_range.c \
	common/http/syntax/http_status.c \
	common/http/syntax/http_target.c \
	common/http/syntax/http_url.c \
	common/http/syntax/server_address.c

# server/: HTTP/1.1 over evhttp with named limits; listeners, TLS, connections
# taken over. From outside: http_server.h, http_request.h, http_listen.h,
# http_asset.h, http_takeover.h, http_tls.h, tls_decoy.h, socket_owner.h.
SRC_http += \
	common/http/server/http_asset.c \
	common/http/server/http_connection.c \
	common/http/server/http_listen.c \
	common/http/server/http_request.c \
	common/http/server/http_server.c \
	common/http/server/http_takeover.c \
	common/http/server/http_tls.c \
	common/http/server/http_tls_transport.c \
	common/http/server/http_wire.c \
	common/http/server/http_wire_tls.c \
	common/http/server/socket_owner.c \
	common/http/server/tls_decoy.c

# stream/: event streams and WebSockets: reading and writing them, and a hub
# of SSE readers.
SRC_http += \
	common/http/stream/sse_format.c \
	common/http/stream/sse_hub.c \
	common/http/stream/sse_parse.c \
	common/http/stream/websocket.c \
	common/http/stream/websocket_handshake.c

# What the pages of all programs share.
SHARED_ASSETS := $(addprefix common/http/assets/, \
	page.css theme.js dom.mjs time.mjs icon.svg)

# asset_rules PROGRAM,TABLE,FILES: files as a table that the program links.
define asset_rules
OBJ_$(1) += $(O)/obj/gen/$(2).o
$(BUILD)/gen/$(2).c: common/http/assets/embed.sh $(3)
	@mkdir -p $$(@D)
	$(Q)common/http/assets/embed.sh $(2) $(3) >$$@
$(O)/obj/gen/$(2).o: $(BUILD)/gen/$(2).c $(3) common/http/server/http_asset.h
	@mkdir -p $$(@D)
	$(Q)$(CC_USED) $(CPPFLAGS) $(CFLAGS_USED) -c -o $$@ $$<
endef
