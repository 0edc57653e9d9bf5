PROGRAMS += goop2
# the program.
SRC_goop2 := \
	cli/main.c

# peer/: the directory that is one peer: files, key, starter site, which
# daemons it needs.
SRC_goop2 += \
	cli/peer/daemon_plan.c \
	cli/peer/exit_status.c \
	cli/peer/key_file.c \
	cli/peer/peer_directory.c \
	cli/peer/programs.c \
	cli/peer/server_url.c \
	cli/peer/starter.c \
	cli/peer/viewer_url.c

# supervisor/: starts, watches, restarts and stops the daemons of one
# directory. From outside: launch.h, instance_lock.h.
SRC_goop2 += \
	cli/supervisor/instance_lock.c \
	cli/supervisor/launch.c \
	cli/supervisor/leftover.c \
	cli/supervisor/notify_listener.c \
	cli/supervisor/obituary.c \
	cli/supervisor/process_memory.c \
	cli/supervisor/restart.c \
	cli/supervisor/service.c \
	cli/supervisor/spawn.c \
	cli/supervisor/supervisor.c

# commands/: the command line: one table, one file a command. From outside:
# command.h.
SRC_goop2 += \
	cli/commands/ask.c \
	cli/commands/command.c \
	cli/commands/command_config.c \
	cli/commands/command_control.c \
	cli/commands/command_data.c \
	cli/commands/command_fetch.c \
	cli/commands/command_hash_password.c \
	cli/commands/command_init.c \
	cli/commands/command_join.c \
	cli/commands/command_launch.c \
	cli/commands/command_line.c \
	cli/commands/command_peers.c \
	cli/commands/command_status.c \
	cli/commands/config_json.c \
	cli/commands/fetch_body.c \
	cli/commands/manual.c \
	cli/commands/password_prompt.c \
	cli/commands/peer_pick.c \
	cli/commands/print.c \
	cli/commands/status_json.c
LIBS_goop2 := daemon bus config http libp2p proto base
LDLIBS_goop2 := -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-levent_core -lpthread

# The starter site is linked in by .incbin, which -MMD does not see.
$(O)/obj/cli/peer/starter.o: $(wildcard cli/starter/*.* cli/starter/schemas/*)
include cli/install.mk
