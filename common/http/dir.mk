LIBRARIES += http
SRC_http := \
	common/http/html.c \
	common/http/http_asset.c \
	common/http/http_connection.c \
	common/http/http_date.c \
	common/http/http_etag.c \
	common/http/http_fetch.c \
	common/http/http_framing.c \
	common/http/http_host.c \
	common/http/http_listen.c \
	common/http/http_path.c \
	common/http/http_range.c \
	common/http/http_request.c \
	common/http/http_response.c \
	common/http/http_server.c \
	common/http/http_takeover.c \
	common/http/http_tls.c \
	common/http/http_tls_transport.c \
	common/http/http_url.c \
	common/http/http_wire.c \
	common/http/http_wire_tls.c \
	common/http/socket_owner.c \
	common/http/sse_format.c \
	common/http/sse_hub.c \
	common/http/sse_parse.c \
	common/http/tls_decoy.c \
	common/http/websocket.c \
	common/http/websocket_handshake.c

# What the pages of all programs share.
SHARED_ASSETS := $(addprefix common/http/assets/, \
	page.css theme.js dom.mjs time.mjs icon.svg)

# asset_rules PROGRAM,TABLE,FILES: files as a table that the program links.
define asset_rules
OBJ_$(1) += $(O)/obj/gen/$(2).o
$(BUILD)/gen/$(2).c: common/http/assets/embed.sh $(3)
	@mkdir -p $$(@D)
	$(Q)common/http/assets/embed.sh $(2) $(3) >$$@
$(O)/obj/gen/$(2).o: $(BUILD)/gen/$(2).c $(3) common/http/http_asset.h
	@mkdir -p $$(@D)
	$(Q)$(CC_USED) $(CPPFLAGS) $(CFLAGS_USED) -c -o $$@ $$<
endef
