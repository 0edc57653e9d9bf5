# PROGRAMS += goopd
SRC_goopd :=
LIBS_goopd := 
LDLIBS_goopd := 
