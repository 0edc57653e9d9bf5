# Goop2: one make for everything. `make help` lists what there is.
# Each folder's dir.mk names its sources; what is built lands in $(BUILD).

BUILD   ?= build
# What the objects are compiled for: release, asan (tests), fuzz (clang).
VARIANT ?= release
V       ?= 0

VERSION := 0.1.0
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/goop2
MANDIR  ?= $(PREFIX)/share/man

O := $(BUILD)/$(VARIANT)
ifeq ($(V),0)
Q := @
say = @printf '  %-5s %s\n' '$(1)' '$(2)'
else
Q :=
say = @:
endif

# Goals that need neither compiler nor libraries to be there yet.
BARE_GOALS := deps help clean check lint format house fuzz bench bench-nat run
PKGS := libevent libevent_pthreads libzmq msgpack jansson libcrypto yaml-0.1 \
	libseccomp libldns libprotobuf-c libssl sqlite3 libqrencode libevent_openssl \
	libarchive libcurl libidn2
ifneq ($(filter-out $(BARE_GOALS),$(or $(MAKECMDGOALS),all)),)
PKG_CFLAGS := $(shell pkg-config --cflags libevent libzmq jansson libcrypto 2>/dev/null)
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wcast-qual -Wvla -Wformat=2 \
	-Werror
CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE -DGOOP_VERSION='"$(VERSION)"' \
	-DGOOP_LIBEXECDIR='"$(LIBEXECDIR)"'
CFLAGS_COMMON := -std=gnu11 -g -fno-strict-aliasing -fno-common \
	-fstack-protector-strong $(WARNINGS) $(PKG_CFLAGS)

CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fPIE -fstack-clash-protection \
	-ffunction-sections -fdata-sections
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--gc-sections
CC_release := $(CC)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
CFLAGS_asan := -O1 $(SANITIZE) -DGOOP_SANITIZED
LDFLAGS_asan := $(SANITIZE)
CC_asan := $(CC)

CC_fuzz := clang
CFLAGS_fuzz := -O1 $(SANITIZE) -fsanitize=fuzzer-no-link -DGOOP_SANITIZED \
	-Wno-error
LDFLAGS_fuzz := $(SANITIZE)

CC_USED := $(CC_$(VARIANT))
CFLAGS_USED := $(CFLAGS_COMMON) $(CFLAGS_$(VARIANT)) $(CFLAGS)
LDFLAGS_USED := $(LDFLAGS_$(VARIANT)) -Wl,--as-needed $(LDFLAGS)

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))

all: programs
.PHONY: all programs
.SECONDARY:
.DELETE_ON_ERROR:

# --- the folders: each dir.mk sets SRC_<name>, and for a program LDLIBS_<name>
LIBRARIES :=
PROGRAMS  :=
include common/base/dir.mk
include common/libp2p/dir.mk
include common/presence/dir.mk
include common/http/dir.mk
include common/qr_code/dir.mk
include common/bus/dir.mk
include common/config/dir.mk
include common/daemon/dir.mk
include common/resolver/dir.mk
include common/http_client/dir.mk
include common/identity/dir.mk
include proto/dir.mk
include goopd/dir.mk
include goop-discoveryd/dir.mk
include goop-viewerd/dir.mk
include goop-rendezvousd/dir.mk
include goop-relayd/dir.mk
include cli/dir.mk
include cli/data/dir.mk
include tests/dir.mk

LDLIBS_ALL := -lprotobuf-c -lldns -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lwslay -lminiupnpc -lnatpmp -lqrencode -lsqlite3 -larchive -levent_openssl -lssl -lcrypto \
	-levent_core -levent_extra -lpthread -lm

$(O)/obj/%.o: %.c | generated
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CPPFLAGS) $(CFLAGS_USED) -MMD -MP -c -o $@ $<

# Protobuf schemas of libp2p; generated code is not held to our warnings.
PROTOS := $(wildcard proto/libp2p/*.proto)
PROTO_C := $(PROTOS:%.proto=$(BUILD)/gen/%.pb-c.c)
PROTO_O := $(PROTOS:%.proto=$(O)/obj/gen/%.pb-c.o)
$(BUILD)/gen/%.pb-c.c: %.proto
	$(call say,PROTO,$<)
	@mkdir -p $(BUILD)/gen
	$(Q)protoc-c --c_out=$(BUILD)/gen $<
$(O)/obj/gen/%.pb-c.o: $(BUILD)/gen/%.pb-c.c
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CPPFLAGS) $(CFLAGS_USED) -w -c -o $@ $<
.PHONY: generated
generated: $(PROTO_C) $(GENERATED)

# --- one archive a folder, main.c left out; one program a main.c
define library_rules
$(O)/lib$(1).a: $(call obj,$(filter-out %/main.c,$(SRC_$(1)))) $(OBJ_$(1)) \
	$(if $(filter libp2p,$(1)),$(PROTO_O))
	$(call say,AR,lib$(1).a)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
-include $(patsubst %.o,%.d,$(call obj,$(SRC_$(1))))
endef
define program_rules
$(O)/bin/$(1): $(call obj,$(filter %/main.c,$(SRC_$(1)))) $(O)/lib$(1).a \
	$(patsubst %,$(O)/lib%.a,$(LIBS_$(1)))
	$(call say,LD,$(1))
	@mkdir -p $$(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) $(LDFLAGS_USED) -o $$@ \
		-Wl,--start-group $$^ -Wl,--end-group $(LDLIBS_$(1))
endef
$(foreach l,$(LIBRARIES) $(PROGRAMS),$(eval $(call library_rules,$(l))))
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

programs: $(PROGRAMS:%=$(O)/bin/%)
ifeq ($(VARIANT),release)
programs: ./goop2
./goop2: $(O)/bin/goop2
	$(Q)ln -sf $< $@
endif

.PHONY: clean help
clean: ; $(Q)rm -rf $(BUILD) goop2
help:
	@echo 'make            build everything into $(BUILD)/, ./goop2 at the root'
	@echo 'make deps       install the Debian packages that are missing'
	@echo 'make run        deps, build, start a demo peer, print its address'
	@echo 'make check      deps, build, every test; ends with a count'
	@echo 'make test T=x   build and run tests/unit/x_test.c alone (sanitized)'
	@echo 'make lint       the lints alone   make format   lay sources out by them'
	@echo 'make house      figures of the tree (scripts/house)'
	@echo 'make fuzz       long fuzzing   make bench   benchmarks (bench-nat: routers)'
	@echo 'make install    into DESTDIR/PREFIX'

.PHONY: check lint format house fuzz bench bench-nat
check:
	$(Q)scripts/install-deps check
	$(Q)BUILD=$(BUILD) scripts/check
lint:
	$(Q)scripts/install-deps check
	$(Q)BUILD=$(BUILD) scripts/check lint
format: ; $(Q)git ls-files '*.c' '*.h' | xargs clang-format -i
house: ; $(Q)scripts/house
# An hour of fuzzing, shared between the targets.
fuzz:
	$(Q)scripts/install-deps check
	$(Q)BUILD=$(BUILD) FUZZ_SECONDS=$${FUZZ_SECONDS:-120} scripts/check fuzz
bench:
	$(Q)scripts/install-deps check
	$(Q)$(MAKE) --no-print-directory all bench-tools
	$(Q)BUILD=$(BUILD) node tests/bench/bench.mjs
	$(Q)BUILD=$(BUILD) node tests/bench/rendezvous.mjs
	$(Q)BUILD=$(BUILD) node tests/bench/data.mjs
	$(Q)BUILD=$(BUILD) node tests/bench/relay.mjs
# Pairs of homes behind all kinds of routers: the table of docs/meeting.md.
bench-nat:
	$(Q)scripts/install-deps check
	$(Q)$(MAKE) --no-print-directory all bench-tools
	$(Q)BUILD=$(BUILD) node tests/bench/nat.mjs
