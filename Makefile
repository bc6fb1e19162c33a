# Shortcuts for those who have make; without it, call run.py directly (README.md).
PYTHON ?= python3
STUDY ?= demo_2021

.PHONY: results fetch site update preflight check test docs coverage simulate bench clean

results:
	$(PYTHON) run.py results --study $(STUDY)

# Downloads the open statistics that a study declares; needs a network.
fetch:
	$(PYTHON) run.py fetch --study $(STUDY)

# Builds the open portal in results/site; `update` fetches the new month first (docs/portal.md).
site:
	$(PYTHON) run.py site

update:
	$(PYTHON) run.py update

# Compares the extract of a study, or of an adapter (ADAPTER=...), with its contract. The folder of
# the data: ROOT=..., else the environment variable KUNTAKOKEILU_REGISTERS.
preflight:
	$(PYTHON) run.py preflight --study $(STUDY) $(if $(ADAPTER),--adapter $(ADAPTER)) $(if $(ROOT),--root "$(ROOT)")

# Linters, types and quick tests; `test` runs all tests, but not the type checker.
check:
	$(PYTHON) run.py check

test:
	$(PYTHON) run.py test

docs:
	$(PYTHON) run.py docs

coverage:
	$(PYTHON) run.py coverage

simulate:
	$(PYTHON) run.py simulate

bench:
	$(PYTHON) run.py bench

# Removes the results of every study; keeps the data and the environment.
clean:
	$(PYTHON) run.py clean
