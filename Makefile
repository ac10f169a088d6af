# koopsweep: `make quickstart` builds and runs a small sweep, `make check` runs every test,
# `make help` lists the rest. Settings: change them here or on the command line (make ARCH=native).

VERSION  = 0.1.0
CC       = gcc
CXX      = g++
# any: kernels for three levels of x86-64, of which the program takes what the machine has when it
# starts, and the lowest for all else. native, haswell, ...: everything for one processor.
ARCH     = $(if $(SANITIZE),native,any)
OPTIMIZE = $(if $(SANITIZE),-O1,-O3)
# Warnings are errors with the versions of gcc that are tried; another may warn of more.
WERROR  := $(if $(filter 11 12 13 14,$(shell $(CC) -dumpversion 2>/dev/null)),-Werror)
PREFIX   = /usr/local
DESTDIR  =
# SANITIZE=1: address and undefined-behaviour sanitizers, in a build folder of their own.
SANITIZE =
# CUDA=1: with the GPU backend, in build/cuda (docs/gpu.md); needs nvcc and cuBLAS. CUDA_ARCH: the
# GPUs' compute capabilities, lowest first; later ones translate the code of the lowest at start.
CUDA      =
NVCC      = nvcc
CUDA_ARCH = 80 90
# FUZZ_SECONDS: how long `make fuzz` lets clang's libFuzzer try each target (all, or those of T).
FUZZ_SECONDS = 60
# The list that `make packages` works through; packages-extra.txt holds what is not needed.
PACKAGES = packages.txt
# T=word: `make test` builds and runs only the tests whose path contains the word.
T        =

# Nothing below needs changing. ------------------------------------------------------------------

include libraries.mk
BUILD     := build$(if $(SANITIZE),/sanitize)
OUT       := $(BUILD)$(if $(CUDA),/cuda)
WARNINGS  := -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes \
             -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 $(MPI_WARNINGS) $(WERROR)
# GCC 13 looks after frames that have returned; before 13.3 those are aligned to 32 bytes where
# AVX-512 needs 64 (its PR 110027), and crash.
ASAN_FRAMES := $(if $(filter 13.0.% 13.1.% 13.2.%,$(shell $(CC) -dumpfullversion 2>/dev/null)),\
               --param=asan-use-after-return=0)
SANITIZER := $(if $(SANITIZE),-fsanitize=address -fsanitize=undefined \
             -fno-sanitize-recover=undefined -fno-omit-frame-pointer $(ASAN_FRAMES))
# Which processors the code is for: BASE all of it, and each level its kernels. Of the f64 library,
# which is for tests, there is one level: what it is compiled on.
MACHINE    := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
IS_NATIVE  := $(filter $(shell uname -m),$(MACHINE))
LEVELS_f32 := $(if $(filter x86_64-any,$(MACHINE)-$(ARCH)),v4 v3 v2,native)
LEVELS_f64 := native
BASE       := $(if $(filter-out any,$(ARCH)),-march=$(ARCH),$(if $(filter x86_64,$(MACHINE)),-march=x86-64-v2))
BEST       := $(if $(filter any,$(ARCH)),$(if $(IS_NATIVE),-march=native),$(BASE))
# The HDF5 interface is that of 1.10: later versions keep it behind this name.
CPPFLAGS  := -Isrc -I. -D_GNU_SOURCE -DH5_USE_110_API $(LIBRARY_INCLUDES) \
             $(if $(filter v2,$(LEVELS_f32)),-DLEVELS_OF_X86)
CXXFLAGS  := -std=gnu++20 -g -O1 -fno-exceptions -fno-rtti -Wall -Wextra -Wshadow \
             -Wno-missing-field-initializers -Wno-unused-parameter $(WERROR) $(SANITIZER)
CFLAGS    := -std=gnu11 -g $(OPTIMIZE) $(BASE) -fno-math-errno -ffp-contract=fast \
             $(WARNINGS) $(SANITIZER)
LDLIBS    := $(LIBRARY_LINKS)

# gcc 12 for 64-bit Arm dies of loops that keep a maximum of floats as a double; kernels have none.
GCC_12_ARM := $(filter aarch64-12,$(MACHINE)-$(firstword $(subst ., ,$(shell $(CC) -dumpversion 2>/dev/null))))
ifdef GCC_12_ARM
CFLAGS      += -fno-tree-loop-vectorize
LEVEL_FLAGS := -ftree-loop-vectorize
endif

# Kernels may reorder sums and skip errno, but keep NaN and infinity: divergence must be seen.
KERNEL_FLAGS := -fassociative-math -fno-signed-zeros -fno-trapping-math -freciprocal-math \
                -fcx-limited-range --param max-unswitch-insns=1000

KERNELS := $(wildcard src/kernel/*.c)
VECTORS := $(wildcard src/kernel/vector/*.c)
SHARES  := src/kernel/device/shares.c
CUDA_FILES := $(wildcard src/kernel/device/*.cu)
LEVELED := $(VECTORS) $(wildcard src/kernel/level/*.c)
SOURCES := $(filter-out $(KERNELS) $(LEVELED) $(SHARES) src/cli/main.c,$(wildcard src/*/*.c src/*/*/*.c))
GATES   := $(wildcard tests/checks/*.sh)
SCRIPTS := $(wildcard tests/*/test_*.sh)
C_TESTS := $(wildcard tests/*/test_*.c)
TOOLS   := $(wildcard tests/golden_*.c)
BENCHES := $(wildcard bench/bench_*.c)

# Every kernel is compiled twice: values, and tangents by the complex step; and so for each level of
# the host and for each device: emulated (as C++), CUDA. Kernels on vectors have no tangents, and on
# the host no KERNEL_FLAGS. The f64 library is the same program with `flt` = double, for tests against finite
# differences.
parts        := $(KERNELS:src/%.c=%.value) $(KERNELS:src/%.c=%.tangent)
device_parts := $(parts) $(patsubst src/%.c,%.value,$(VECTORS) $(SHARES))
host_parts   := $(parts) $(LEVELED:src/%.c=%)
objects       = $(SOURCES:src/%.c=$(BUILD)/$(1)/%.o) \
                $(foreach level,$(LEVELS_$(1)),$(host_parts:%=$(BUILD)/$(1)/$(level)/%.o)) \
                $(device_parts:%=$(BUILD)/$(1)/emulated/%.o)
CUDA_OBJECTS := $(if $(CUDA),$(device_parts:%=$(OUT)/%.o) $(CUDA_FILES:src/%.cu=$(OUT)/%.o))
selected      = $(if $(T),$(foreach path,$(1),$(if $(findstring $(T),$(path)),$(path))),$(1))
PROGRAM      := $(OUT)/koopsweep
LIBRARY      := $(BUILD)/libkoopsweep.a
LIBRARY_64   := $(BUILD)/libkoopsweep_f64.a
UNIT_TESTS   := $(patsubst tests/%.c,$(OUT)/tests/%,$(call selected,$(C_TESTS)))
TEST_TOOLS   := $(TOOLS:tests/%.c=$(OUT)/tests/%)
FUZZERS      := $(patsubst tests/fuzz/test_%.c,$(BUILD)/fuzz/%,\
                $(call selected,$(wildcard tests/fuzz/test_*.c)))
BENCH_RUNS   := $(BENCHES:bench/%.c=$(OUT)/bench/%)

# All cores, unless the command line says -j itself.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc) --no-print-directory
endif

.PHONY: all tests benches help packages quickstart check test gates unit bench kills looks ranks crowd lines \
        spectra fuzz \
        format format-check install uninstall deb nehalem aarch64 small-libraries corpus clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

all: $(PROGRAM) ## the program, build/koopsweep
tests: $(UNIT_TESTS) $(TEST_TOOLS)
benches: $(BENCH_RUNS)

# Compiling ---------------------------------------------------------------------------------------

$(PROGRAM): $(BUILD)/f32/cli/main.o $(CUDA_OBJECTS) $(LIBRARY)
	@echo "  LINK $(@:$(BUILD)/%=%)" && $(CC) $(SANITIZER) -o $@ $^ $(LDLIBS)
$(LIBRARY): $(call objects,f32)
$(LIBRARY_64): $(call objects,f64)
$(LIBRARY) $(LIBRARY_64):
	@rm -f $@ && $(AR) rcs $@ $^

compile = @mkdir -p $(@D) && echo "  CC $(@:$(BUILD)/%=%)" && \
          $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d -o $@

# Of the host's kernels: f32 or f64, level, flags. One level describes the operators, too: the lowest.
define level_rules
$(BUILD)/$(1)/$(2)/kernel/%.value.o: src/kernel/%.c $(BUILD)/flags
	$$(compile) $$(LEVEL_FLAGS) $$(KERNEL_FLAGS) $(3) $(if $(filter $(2),$(lastword $(LEVELS_$(1)))),-DDESCRIBES) -c $$<
$(BUILD)/$(1)/$(2)/kernel/%.tangent.o: src/kernel/%.c $(BUILD)/flags
	$$(compile) $$(LEVEL_FLAGS) $$(KERNEL_FLAGS) $(3) -DTANGENT -c $$<
$(BUILD)/$(1)/$(2)/%.o: src/%.c $(BUILD)/flags
	$$(compile) $$(if $$(findstring /vector/,$$@),$$(LEVEL_FLAGS)) $(3) -c $$<
endef
$(foreach level,$(LEVELS_f32),$(eval $(call level_rules,f32,$(level),\
    $(if $(filter v%,$(level)),-march=x86-64-$(level) -DLEVEL=$(level)))))
$(eval $(call level_rules,f64,native,-DREAL64 $(BEST)))
$(BUILD)/f32/%.o: src/%.c $(BUILD)/flags
	$(compile) -c $<
$(BUILD)/f64/%.o: src/%.c $(BUILD)/flags
	$(compile) -DREAL64 -ULEVELS_OF_X86 -c $<

# Files that a source takes in whole (.incbin), which the compiler does not tell of.
$(BUILD)/f32/figure/page.o $(BUILD)/f64/figure/page.o: src/figure/page.js src/figure/page.css

emulate = @mkdir -p $(@D) && echo "  CXX $(@:$(BUILD)/%=%)" && \
          $(CXX) -x c++ $(CPPFLAGS) $(CXXFLAGS) -DDEVICE -MMD -MP -MT $@ -MF $@.d -o $@
$(BUILD)/f32/emulated/%.value.o: src/%.c $(BUILD)/flags
	$(emulate) -c $<
$(BUILD)/f32/emulated/%.tangent.o: src/%.c $(BUILD)/flags
	$(emulate) -DTANGENT -c $<
$(BUILD)/f64/emulated/%.value.o: src/%.c $(BUILD)/flags
	$(emulate) -DREAL64 -c $<
$(BUILD)/f64/emulated/%.tangent.o: src/%.c $(BUILD)/flags
	$(emulate) -DREAL64 -DTANGENT -c $<

ifdef CUDA
NVCC_PATH := $(shell command -v $(NVCC))
ifndef NVCC_PATH
$(error CUDA=1 needs $(NVCC), of NVIDIA's CUDA toolkit: install it, or say where it is: NVCC=/PATH/nvcc)
endif
CUDA_LIBS  := $(dir $(NVCC_PATH))../lib64
LDLIBS     += -L$(CUDA_LIBS) -Wl,-rpath,$(CUDA_LIBS) -lcublas -lcudart -lstdc++
NVCC_FLAGS := -std=c++20 -O3 -lineinfo -Isrc -DDEVICE -Xcompiler -Wall,-fno-exceptions \
              -gencode arch=compute_$(firstword $(CUDA_ARCH)),code=compute_$(firstword $(CUDA_ARCH)) \
              $(foreach arch,$(CUDA_ARCH),-gencode arch=compute_$(arch),code=sm_$(arch))
nvcc = @mkdir -p $(@D) && echo "  NVCC $(@:$(BUILD)/%=%)" && \
       $(NVCC) -x cu $(NVCC_FLAGS) -MMD -MP -MT $@ -MF $@.d -o $@
$(OUT)/kernel/%.value.o: src/kernel/%.c $(OUT)/flags
	$(nvcc) -c $<
$(OUT)/kernel/%.tangent.o: src/kernel/%.c $(OUT)/flags
	$(nvcc) -DTANGENT -c $<
$(OUT)/kernel/device/%.o: src/kernel/device/%.cu $(OUT)/flags
	$(nvcc) -c $<
$(OUT)/flags: FORCE
	$(call stamp,$(NVCC_PATH) $(NVCC_FLAGS))
endif

# A test or bench whose name ends in _f64 is built with double as the scalar type.
$(OUT)/tests/%_f64: tests/%_f64.c $(LIBRARY_64)
	$(compile) -DREAL64 -Itests $< $(LIBRARY_64) $(LDLIBS) -lcmocka
$(OUT)/tests/%: tests/%.c $(CUDA_OBJECTS) $(LIBRARY)
	$(compile) -Itests $< $(CUDA_OBJECTS) $(LIBRARY) $(LDLIBS) -lcmocka
$(OUT)/bench/%: bench/%.c $(CUDA_OBJECTS) $(LIBRARY)
	$(compile) $(BEST) $< $(CUDA_OBJECTS) $(LIBRARY) $(LDLIBS)

# The same tests under libFuzzer: our sources as clang compiles them, kernels as they are.
# NULL + 0, the end of an empty list, is one more thing that clang's sanitizer calls undefined.
FUZZ_FLAGS := -std=gnu11 -g -O1 -DLIBFUZZER -fsanitize=address,undefined \
              -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow
FUZZ_OBJECTS := $(SOURCES:src/%.c=$(BUILD)/fuzz/objects/%.o)
clang = @mkdir -p $(@D) && echo "  CLANG $(@:$(BUILD)/%=%)" && \
        clang $(CPPFLAGS) $(FUZZ_FLAGS) -MMD -MP -MT $@ -MF $@.d -o $@
$(BUILD)/fuzz/flags: FORCE
	@command -v clang >/dev/null || { echo "koopsweep: make fuzz needs clang" >&2; exit 7; }
	$(call stamp,$(VERSION) $(CPPFLAGS) $(FUZZ_FLAGS))
$(BUILD)/fuzz/objects/%.o: src/%.c $(BUILD)/fuzz/flags
	$(clang) -fsanitize=fuzzer-no-link -c $<
$(BUILD)/fuzz/library.a: $(FUZZ_OBJECTS) $(filter-out $(SOURCES:src/%.c=$(BUILD)/f32/%.o),$(call objects,f32))
	@rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/fuzz/%: tests/fuzz/test_%.c $(BUILD)/fuzz/library.a
	$(clang) -fsanitize=fuzzer -Itests $< $(BUILD)/fuzz/library.a $(LDLIBS)

# Only build.c knows version, commit and flags, so a commit recompiles one file; other flags,
# everything. Both files are touched only when their text changes.
BUILD_OBJECTS := $(addprefix $(BUILD)/,f32/base/build.o f64/base/build.o fuzz/objects/base/build.o)
$(BUILD_OBJECTS): private CPPFLAGS += -DBUILD_VERSION='"$(VERSION)"' -DBUILD_FLAGS='"$(CFLAGS)"' \
                                      -DBUILD_COMMIT="\"$$(cat $(BUILD)/commit)\""
$(BUILD_OBJECTS): $(BUILD)/commit
# Another oneDNN recompiles the door to it.
$(BUILD)/f32/kernel/host/onednn.o: private CPPFLAGS += $(ONEDNN_FLAGS)
$(BUILD)/f32/kernel/host/onednn.o: $(BUILD)/onednn
stamp = @mkdir -p $(@D); echo "$(1)" | cmp -s - $@ || echo "$(1)" >$@
$(BUILD)/commit: FORCE
	$(call stamp,$(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown))
$(BUILD)/onednn: FORCE
	$(call stamp,$(subst ",,$(ONEDNN_FLAGS)))
$(BUILD)/flags: FORCE
	@set -- $(LIBRARIES_MISSING); [ $$# -eq 0 ] || { \
	    echo "koopsweep: libraries are missing; on Debian and Ubuntu: make packages; elsewhere:" >&2; \
	    printf '    %s\n' "$$@" >&2; exit 7; }
	$(call stamp,$(VERSION) $(CC) $(CPPFLAGS) $(CFLAGS) $(KERNEL_FLAGS) $(LEVELS_f32))

-include $(shell find $(addprefix $(BUILD)/,f32 f64 cuda fuzz tests bench) -name '*.d' 2>/dev/null)

# For 64-bit Arm on a machine of another kind: Debian's compiler, and its libraries of that architecture.
ARM       := aarch64-linux-gnu
ARM_BUILD := build/aarch64
ARM_MAKE   = $(MAKE) CC=$(ARM)-gcc CXX=$(ARM)-g++ AR=$(ARM)-ar PKG_CONFIG=$(ARM)-pkg-config \
             BUILD=$(ARM_BUILD) MPI_COMMAND="$$($(ARM)-pkg-config --cflags --libs ompi-c)"
ARM_TESTS := $(patsubst tests/%.c,$(ARM_BUILD)/tests/%,\
             $(wildcard $(foreach room,kernel graph spectral store,tests/$(room)/test_*.c)))

# Running -----------------------------------------------------------------------------------------
# Goals that may first install packages call make again: only then are the libraries known.

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-14s %s\n", $$1, $$2 }'

packages: ## installs what packages.txt lists and this machine lacks (Debian, Ubuntu)
	@command -v dpkg-query >/dev/null || \
	    { echo "koopsweep: not a Debian: taking for granted what packages.txt lists"; exit 0; }; \
	missing=$$(for package in $$(sed 's/#.*//' $(PACKAGES)); do \
	    dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || \
	        printf ' %s' $$package; done); \
	[ -n "$$missing" ] || exit 0; \
	[ $$(id -u) -eq 0 ] && root= || root='sudo '; \
	update="$${root}apt-get update -q"; \
	install="$${root}apt-get install -qy --no-install-recommends$$missing"; \
	[ -z "$$root" ] || sudo -n true 2>/dev/null || { \
	    echo "koopsweep: packages are missing; run this, or have it run, or try \`make\` without them:"; \
	    printf '\n    %s && %s\n\n' "$$update" "$$install"; exit 7; }; \
	export DEBIAN_FRONTEND=noninteractive; $$update && $$install </dev/null

quickstart: packages ## builds, runs sweep_specs/quickstart.yaml, prints its tables, draws a report
	@$(MAKE) all
	$(PROGRAM) run sweep_specs/quickstart.yaml
	$(PROGRAM) table runs/quickstart
	$(PROGRAM) report runs/quickstart -o runs/quickstart.html

check: packages ## everything: gates, all tests, unit tests under sanitizers
	@$(MAKE) all tests benches && $(MAKE) tests SANITIZE=1 && \
	    { ! command -v $(NVCC) >/dev/null || $(MAKE) all benches CUDA=1; } || \
	    { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
	@BUILD=$(OUT) JOBS=2 tests/run.sh $(GATES) $(UNIT_TESTS) $(SCRIPTS) \
	    $(UNIT_TESTS:$(BUILD)/%=$(BUILD)/sanitize/%)

test: $(if $(call selected,$(SCRIPTS)),all) tests ## unit tests and test scripts; T=word, SANITIZE=1
	@BUILD=$(OUT) tests/run.sh $(UNIT_TESTS) $(call selected,$(SCRIPTS))
gates: ## the gates of tests/checks: layers, lengths, words, format
	@tests/run.sh $(GATES)
kills: all ## kills a sweep 200 times (KILLS=n), jobs and workers, and reports what was lost
	@BUILD=$(OUT) tests/sweep/test_kills.sh $(or $(KILLS),200)
	@BUILD=$(OUT) tests/external/test_kills.sh $(or $(KILLS),200)
looks: all ## looks at live sweeps 200 times (LOOKS=n) while they pack: no finished trial may be missing
	@BUILD=$(OUT) tests/sweep/test_looks.sh $(or $(LOOKS),200)
ranks: $(OUT)/tests/grid/test_scalapack ## ScaLAPACK's eigenvalues against LAPACK's at n = 256 .. 2048 on 1, 2, 4 ranks
	@BUILD=$(OUT) tests/grid/test_ranks.sh 256 512 1024 2048
crowd: all ## starts 64 trainers (CROWD=n) at once on this machine, and looks whether any of them suffers
	@BUILD=$(OUT) tests/external/test_crowd.sh $(or $(CROWD),64)
lines: all ## follows a trainer that logs 10 million lines (LINES=n) as fast as it can
	@BUILD=$(OUT) tests/external/test_lines.sh $(or $(LINES),10000000)
nehalem: all $(patsubst %,$(OUT)/tests/%,kernel/test_ops kernel/test_vector graph/test_graph) ## runs the program on an emulated old processor
	@BUILD=$(OUT) tests/kernel/nehalem.sh
aarch64: ## builds for 64-bit Arm with Debian's cross compiler; tests of kernels, graph, spectra, store emulated
	@for tool in $(ARM)-gcc $(ARM)-pkg-config qemu-aarch64; do command -v $$tool >/dev/null || { \
	    echo "make aarch64 needs $$tool (docs/clusters.md lists the packages)" >&2; exit 7; }; done
	@$(ARM_MAKE) all $(ARM_TESTS)
	@BUILD=$(ARM_BUILD) EMULATOR=qemu-aarch64 tests/run.sh $(ARM_TESTS)
small-libraries: ## builds libyaml, cJSON, PCRE2, xxHash, libzip, Random123 from archives in ARCHIVES into PREFIX
	@tools/small_libraries.sh "$(ARCHIVES)" "$(PREFIX)"
corpus: all ## adds run directories of this release to those that every later build must read
	@BUILD=$(OUT) tests/store/corpus.sh
spectra: all ## rewrites tests/regression/spectra.csv, for a change that means to move spectra
	@BUILD=$(OUT) tests/regression/test_spectra.sh write && git diff --stat tests/regression
fuzz: $(FUZZERS) ## looks for bytes that break a parser; T=word, FUZZ_SECONDS=n each; needs clang
	@for fuzzer in $(FUZZERS); do \
	    name=$${fuzzer##*/} && mkdir -p $(BUILD)/fuzz/found/$$name && echo "$$name" && \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=20 -max_len=65536 -verbosity=0 \
	        -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/$$name- \
	        $(BUILD)/fuzz/found/$$name tests/fuzz/corpus/$$name || exit; done
bench: benches ## measures speed, bench/
	@for bench in $(BENCH_RUNS); do $$bench || exit; done

format: ## clang-format on all C files
	@tests/checks/format.sh --fix
format-check: ## says which files `make format` would change
	@tests/checks/format.sh

# In quotes everywhere: folders may have spaces. Readable by all, whatever the umask.
BIN   = "$(DESTDIR)$(PREFIX)/bin"
MAN   = "$(DESTDIR)$(PREFIX)/share/man/man1"
SHARE = "$(DESTDIR)$(PREFIX)/share/koopsweep"
DOC   = "$(DESTDIR)$(PREFIX)/share/doc/koopsweep"
BASH  = "$(DESTDIR)$(PREFIX)/share/bash-completion/completions"
ZSH   = "$(DESTDIR)$(PREFIX)/share/zsh/site-functions"
install: all ## to PREFIX, under DESTDIR
	umask 022 && install -d $(BIN) $(MAN) $(SHARE) $(DOC) $(BASH) $(ZSH)
	install -m 755 $(PROGRAM) $(BIN)/koopsweep
	install -m 644 docs/koopsweep.1 $(MAN)/koopsweep.1
	cp -R sweep_specs jobs analysis hdf5_schemas python examples $(SHARE)
	cp -R README.md CHANGELOG.md LICENSE docs $(DOC)
	umask 022 && $(PROGRAM) completion bash >$(BASH)/koopsweep
	umask 022 && $(PROGRAM) completion zsh >$(ZSH)/_koopsweep
	chmod -R u=rwX,go=rX $(SHARE) $(DOC)
uninstall: ## removes what install put there
	rm -rf $(BIN)/koopsweep $(MAN)/koopsweep.1 $(SHARE) $(DOC) $(BASH)/koopsweep $(ZSH)/_koopsweep
deb: ## a Debian package, build/deb/koopsweep_*.deb
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/tree
	git ls-files -z | xargs -0 cp --parents -t $(BUILD)/deb/tree
	cp -R packaging/debian $(BUILD)/deb/tree/debian
	cd $(BUILD)/deb/tree && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc
	@ls $(BUILD)/deb/*.deb
clean: ## removes build/
	rm -rf build
