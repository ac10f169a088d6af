# Where the libraries are. Read by the Makefile; nothing here needs changing, all of it can be set
# on the command line.
#
# MPI is what its compiler says (make MPICC=/opt/mpi/bin/mpicc): Open MPI, MPICH and its kin. Each of
# the others is found by pkg-config, or, where a site keeps it elsewhere, below a folder with include/
# and lib/ or lib64/ in it: make HDF5_DIR=$HDF5_ROOT. BLAS and LAPACK are one setting, since some libraries
# hold both: make BLAS=-lopenblas, BLAS=-lmkl_rt, BLAS='-lflame -lblis'. ScaLAPACK is made for one MPI:
# Debian names its library after it, others do not: make SCALAPACK=-lscalapack.
MPICC = mpicc
PKG_CONFIG = pkg-config
BLAS  = -llapack -lblas
SCALAPACK = -lscalapack-$(if $(findstring mpich,$(MPI_COMMAND)),mpich,openmpi)

# Name of its folder's variable, pkg-config's name, what is linked, how people call it.
LIBRARY_ROWS := \
    HDF5:hdf5:-lhdf5:hdf5,libhdf5-dev \
    YAML:yaml-0.1:-lyaml:libyaml,libyaml-dev \
    CJSON:libcjson:-lcjson:cJSON,libcjson-dev \
    PCRE2:libpcre2-8:-lpcre2-8:pcre2,libpcre2-dev \
    XXHASH:libxxhash:-lxxhash:xxHash,libxxhash-dev \
    LIBZIP:libzip:-lzip:libzip,libzip-dev \
    LAPACKE:lapacke:-llapacke:lapacke,liblapacke-dev

comma := ,
cell   = $(word $(1),$(subst :, ,$(2)))
folder = $($(call cell,1,$(1))_DIR)
# Its folders of libraries; the name it is linked by, which LAPACKE has none of inside of OpenBLAS.
libs_of = $(wildcard $(addprefix $(call folder,$(1))/,lib lib64))
name_of = $(if $(filter-out -llapacke,$(call cell,3,$(1)))$(wildcard \
          $(foreach end,so a,$(addsuffix /liblapacke.$(end),$(call libs_of,$(1))))),$(call cell,3,$(1)))
# Compiler flags of a row, linker flags of a row; 1 when it is there.
include_of = $(if $(call folder,$(1)),-I$(call folder,$(1))/include,\
             $(shell $(PKG_CONFIG) --cflags $(call cell,2,$(1)) 2>/dev/null))
link_of    = $(if $(call folder,$(1)),\
             $(foreach lib,$(call libs_of,$(1)),-L$(lib) -Wl$(comma)-rpath$(comma)$(lib)) $(call name_of,$(1)),\
             $(shell $(PKG_CONFIG) --libs $(call cell,2,$(1)) 2>/dev/null))
is_there   = $(if $(call folder,$(1)),$(wildcard $(call folder,$(1))/include),\
             $(shell $(PKG_CONFIG) --exists $(call cell,2,$(1)) 2>/dev/null && echo 1))

# "gcc -I.. -L.. -lmpi": both kinds of MPI answer so. Said by hand where MPICC cannot run here.
MPI_COMMAND      := $(shell $(MPICC) -show 2>/dev/null)
LIBRARY_INCLUDES := $(filter -I% -D%,$(MPI_COMMAND)) $(foreach row,$(LIBRARY_ROWS),$(call include_of,$(row)))
SCALAPACK_LINKS  := $(SCALAPACK) $(filter -L% -l% -Wl%,$(MPI_COMMAND)) $(BLAS)
LIBRARY_LINKS    := -lhdf5_hl $(foreach row,$(LIBRARY_ROWS),$(call link_of,$(row))) \
                    $(SCALAPACK_LINKS) -lm

# oneDNN multiplies bfloat16 (train.precision: bf16). Optional: what has its header is built with it,
# and loads it when a trial asks; make ONEDNN_DIR=PREFIX where it lies elsewhere, ONEDNN= without.
ONEDNN_DIR   =
hash        := \#
ONEDNN      := $(shell echo '$(hash)include <oneapi/dnnl/dnnl.h>' | \
                 $(CC) $(addprefix -I,$(ONEDNN_DIR:%=%/include)) -E -x c - >/dev/null 2>&1 && echo yes)
ONEDNN_FLAGS = $(if $(ONEDNN),-DWITH_ONEDNN -DONEDNN_FOLDER='"$(ONEDNN_DIR:%=%/lib/)"' \
                 $(addprefix -I,$(ONEDNN_DIR:%=%/include)))

# A wrapper may be there without its headers (Debian's openmpi-bin).
MPI_IS_THERE = $(shell echo '$(hash)include <mpi.h>' | \
                 $(CC) $(filter -I%,$(MPI_COMMAND)) -E -x c - >/dev/null 2>&1 && echo 1)

# gcc takes MPICH's MPI_STATUSES_IGNORE for an array of no length.
MPI_WARNINGS := $(if $(findstring mpich,$(MPI_COMMAND)),-Wno-stringop-overflow)

# It has no pkg-config file: a program that is linked with it tells.
SCALAPACK_IS_THERE = $(shell echo 'int main(void) { return 0; }' | \
                       $(CC) -x c -o /dev/null - $(SCALAPACK_LINKS) 2>/dev/null && echo 1)

# "hdf5 (package libhdf5-dev, or make HDF5_DIR=...)" for each that is missing.
missing_of        = $(if $(strip $(call is_there,$(1))),,\
    '$(call cell,1,$(subst $(comma), ,$(call cell,4,$(1)))) (package $(lastword $(subst $(comma), ,$(1))), or make $(call cell,1,$(1))_DIR=PREFIX)')
LIBRARIES_MISSING = $(if $(MPI_IS_THERE),,'MPI (module openmpi or mpich, package libopenmpi-dev, or make MPICC=PATH)') \
                    $(foreach row,$(LIBRARY_ROWS),$(call missing_of,$(row))) \
                    $(if $(SCALAPACK_IS_THERE),,'ScaLAPACK (package libscalapack-openmpi-dev or -mpich-dev, or make SCALAPACK=FLAGS)')
