LIBRARIES += libp2p
SRC_libp2p :=
