PROGRAMS += goop2
SRC_goop2 := \
	cli/ask.c \
	cli/command.c \
	cli/command_config.c \
	cli/command_control.c \
	cli/command_data.c \
	cli/command_fetch.c \
	cli/command_hash_password.c \
	cli/command_init.c \
	cli/command_launch.c \
	cli/command_line.c \
	cli/command_peers.c \
	cli/command_status.c \
	cli/config_json.c \
	cli/daemon_plan.c \
	cli/exit_status.c \
	cli/fetch_body.c \
	cli/instance_lock.c \
	cli/key_file.c \
	cli/launch.c \
	cli/leftover.c \
	cli/main.c \
	cli/manual.c \
	cli/notify_listener.c \
	cli/obituary.c \
	cli/password_prompt.c \
	cli/peer_directory.c \
	cli/peer_pick.c \
	cli/print.c \
	cli/process_memory.c \
	cli/programs.c \
	cli/restart.c \
	cli/server_url.c \
	cli/service.c \
	cli/spawn.c \
	cli/starter.c \
	cli/status_json.c \
	cli/supervisor.c \
	cli/supervisor_bus.c \
	cli/supervisor_news.c \
	cli/supervisor_run.c \
	cli/viewer_url.c
LIBS_goop2 := daemon libp2p proto base
LDLIBS_goop2 := -lcrypto -lzmq -lmsgpackc -ljansson -lyaml -lseccomp \
	-levent_core -lpthread

# The starter site is linked in by .incbin, which -MMD does not see.
$(O)/obj/cli/starter.o: $(wildcard cli/starter/*.* cli/starter/schemas/*)
include cli/install.mk
