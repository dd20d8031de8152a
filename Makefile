# `make` lists the targets. Everything runs in .venv, which is made on first use and kept until the requirements change.
SHELL := /bin/bash
VENV  ?= .venv
PY    := $(VENV)/bin/python
# The tested pair. Other builds: make test TORCH="torch torchvision --index-url https://download.pytorch.org/whl/cpu"
TORCH ?= torch==2.14.1 torchvision==0.29.1
FLAGS ?=
NB    ?=
ARGS  ?=
WORKERS ?= 2

STAMP := $(VENV)/.installed-$(shell cat settings.ini setup.py pyproject.toml tools/make_venv.sh | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help demo test bench docs sync outputs check ci hooks clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP):
	@VENV='$(VENV)' TORCH='$(TORCH)' PYTHON='$(PYTHON)' bash tools/make_venv.sh
	@rm -f $(VENV)/.installed-* && touch $@

demo: $(STAMP)  ## train a few losses on a small real data set, print the table, save the picture in demo/
	@if [ -n "$$(find lpl_nb -name '*.py' -newer demo/results.csv 2>/dev/null)" ]; then rm -rf demo.old; mv demo demo.old; \
	echo "demo/ was made by an older version of the library: it is in demo.old/ now"; fi
	$(VENV)/bin/lpl_nb demo $(ARGS)

test: $(STAMP)  ## run every notebook as a test (FLAGS=slow adds the slow cells, NB=name picks notebooks)
	$(PY) tools/test_notebooks.py --workers $(WORKERS) --flags '$(FLAGS)' $(NB)

bench: $(STAMP)  ## time the losses (ARGS are passed on)
	$(PY) benchmarks/bench_lpl.py $(ARGS)

docs: $(STAMP)  ## build the site in _docs (with Quarto where it is installed), and check its links
	$(PY) tools/docs.py
	$(PY) tools/check_links.py

sync: $(STAMP)  ## before a commit: export the modules, clean the notebooks, write README and sidebar
	$(PY) tools/sync.py

outputs: $(STAMP)  ## run notebooks again and store their outputs (NB=nbs/03_core.ipynb; all of them without NB)
	$(PY) tools/outputs.py --flags '$(FLAGS)' $(NB)

check: $(STAMP)  ## quick checks: everything in sync, notebooks small and clean, imports downwards only
	$(PY) tools/sync.py --check
	$(PY) tools/check_repo.py
	$(PY) tools/check_imports.py

ci:  ## every check there is, as continuous integration runs it
	.ci/run

hooks: $(STAMP)  ## install nbdev's git and Jupyter hooks: notebooks are cleaned on save, merge conflicts stay readable
	PATH="$(abspath $(VENV))/bin:$$PATH" $(PY) -c "from nbdev.clean import nbdev_install_hooks as f; f()"

clean:  ## remove what was built (not .venv)
	rm -rf _proc _docs build dist .cache *.egg-info
	find nbs lpl_nb tools -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf
