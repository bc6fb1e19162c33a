# Shortcuts for those who have make; without it, call run.py directly (README.md).
PYTHON ?= python3
STUDY ?= demo_2021

.PHONY: results fetch preflight test simulate bench clean

results:
	$(PYTHON) run.py results --study $(STUDY)

# Downloads the open statistics that a study declares; needs a network.
fetch:
	$(PYTHON) run.py fetch --study $(STUDY)

# Compares the extract of a study, or of an adapter (ADAPTER=...), with its contract. The folder of
# the data: ROOT=..., else the environment variable KUNTAKOKEILU_REGISTERS.
preflight:
	$(PYTHON) run.py preflight --study $(STUDY) $(if $(ADAPTER),--adapter $(ADAPTER)) $(if $(ROOT),--root "$(ROOT)")

test:
	$(PYTHON) run.py test

simulate:
	$(PYTHON) run.py simulate

bench:
	$(PYTHON) run.py bench

# Removes the results of every study; keeps the data and the environment.
clean:
	$(PYTHON) run.py clean
