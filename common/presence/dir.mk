LIBRARIES += presence
# presence messages: described, judged and filled in. Where proto and libp2p
# meet.
SRC_presence := \
	common/presence/announce_timer.c \
	common/presence/presence.c \
	common/presence/presence_addresses.c \
	common/presence/presence_fill.c \
	common/presence/presence_judge.c \
	common/presence/presence_proof.c \
	common/presence/presence_tag.c
