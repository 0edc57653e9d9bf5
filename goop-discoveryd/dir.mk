# PROGRAMS += goop-discoveryd
SRC_goop-discoveryd :=
LIBS_goop-discoveryd := 
LDLIBS_goop-discoveryd := 
