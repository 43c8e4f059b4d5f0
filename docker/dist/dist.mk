# SPDX-License-Identifier: MIT
#
# The files of a release. The architecture of this machine is built in $(O), another in $(O)-ARCH
# with Debian's cross compiler. Without ARCHES, an architecture whose compiler is missing is left
# out. REVISION and SOURCE_DATE_EPOCH come from the last commit; outside git they must be given for
# the same bytes. SOURCE_URL is the repository's address: for the labels of the image, the package
# and the bills of materials, which also have the compiler's version.
DIST := $(O)/dist
ARCH := $(subst x86_64,amd64,$(subst aarch64,arm64,$(shell uname -m)))
ALL_ARCHES := amd64 arm64
CC_amd64 := x86_64-linux-gnu-gcc
CC_arm64 := aarch64-linux-gnu-gcc
has_compiler = $(or $(filter $(ARCH),$(1)),$(shell command -v $(CC_$(1))))
ARCHES ?= $(foreach arch,$(ALL_ARCHES),$(if $(call has_compiler,$(arch)),$(arch)))
GIT := git -c safe.directory='*'
REVISION ?= $(shell $(GIT) describe --always --abbrev=40 --exclude='*' --dirty 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(or $(shell $(GIT) log -1 --format=%ct 2>/dev/null),1767225600)
SOURCE_URL ?=
MAINTAINER ?= The duplojit authors <maintainers@duplojit.invalid>
compiler_of = $(if $(filter $(ARCH),$(1)),$(CC),$(CC_$(1)))
binary_of = $(if $(filter $(ARCH),$(1)),$(O),$(O)-$(1))/duplojit

# Set-up runs first and alone, so that one message names all missing packages.
dist: setup-dist
test-dist: setup-packages
dist test-dist:
	@$(MAKE) --no-print-directory run-$@

run-dist: $(ARCHES:%=dist-binary-%) man completions
	$(note) DIST $(DIST)
	$(Q)python3 docker/dist/dist.py --version '$(VERSION)' --epoch '$(SOURCE_DATE_EPOCH)' \
		--revision '$(REVISION)' --source '$(SOURCE_URL)' --maintainer '$(MAINTAINER)' \
		$(foreach arch,$(ARCHES),--compiler "$$($(call compiler_of,$(arch)) -dumpfullversion)") \
		--sources $(VENDOR)/src --man $(O)/man --completions $(O)/completions --out $(DIST) \
		$(foreach arch,$(ARCHES),$(arch)=$(call binary_of,$(arch)))
	@$(foreach arch,$(filter-out $(ARCHES),$(ALL_ARCHES)),echo "dist: $(arch) is left out:" \
		"$(if $(call has_compiler,$(arch)),ARCHES does not name it,$(CC_$(arch)) is missing)";)
	@echo "$(DIST): $(words $(ARCHES)) of $(words $(ALL_ARCHES)) architectures: $(ARCHES)"

dist-binary-$(ARCH): $(O)/duplojit
$(filter-out dist-binary-$(ARCH),$(ALL_ARCHES:%=dist-binary-%)): dist-binary-%:
	@$(MAKE) --no-print-directory CC=$(CC_$*) O=$(O)-$* all

# Packages and images, each installed and run. The first venv has the public validators of SBOMs;
# the second, without which tests are skipped, programs that read compose.yaml. Their own list of
# packages has an old PyYAML, which cannot be built any more; the file of requirements is complete.
run-test-dist: run-dist
	$(Q)vendor/venv.sh $(O)/venv-dist tests/dist/requirements.txt
	$(Q)PIP_NO_DEPS=1 vendor/venv.sh $(O)/venv-compose tests/dist/compose-requirements.txt || true
	@PYTHONPATH=tests O='$(O)' DIST=$(abspath $(DIST)) VERSION='$(VERSION)' ARCH=$(ARCH) CC='$(CC)' \
		$(O)/venv-dist/bin/python -m pytest $(PYTEST_ARGS_DIST) \
		$(if $(findstring tests/,$(PYTEST_ARGS_DIST)),,tests/dist)
PYTEST_ARGS_DIST ?= -q -rfEs

.PHONY: dist test-dist run-dist run-test-dist $(ALL_ARCHES:%=dist-binary-%)
