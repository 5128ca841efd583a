# For developers; `manage.py` alone is enough to run and to test.
PYTHON ?= python3
DEV = $(shell $(PYTHON) -m netevent.bootstrap dev)# the interpreter with requirements/dev.txt: this one, or .venv's, made when needed

.PHONY: help run test check style templates types imports migrations catalogues messages bench assets lock

help:
	@echo "run       everything on http://127.0.0.1:8000, until Ctrl-C"
	@echo "test      the whole suite"
	@echo "check     style, types, imports, migrations, catalogues"
	@echo "messages  take new messages into locale/"
	@echo "bench     every figure beside its limit; needs PostgreSQL"
	@echo "assets    fetch the QR reader for the camera"
	@echo "lock      make requirements/*.txt anew"

run:
	$(PYTHON) manage.py start

test:
	$(PYTHON) manage.py test

check: style templates types imports migrations catalogues # everything but the tests

style:
	$(DEV) -m ruff check --quiet .
	$(DEV) -m ruff format --quiet --check .

templates:
	$(DEV) -m djlint --lint --quiet templates

types:
	$(DEV) -m mypy

imports:
	$(dir $(DEV))lint-imports --no-cache --no-logo

migrations:
	$(DEV) manage.py makemigrations --check --dry-run

catalogues:
	$(DEV) manage.py check_catalogues

messages: # take new messages into the catalogues; they are compiled by the next start
	$(DEV) manage.py update_catalogues

bench: # every figure beside its limit; needs PostgreSQL, see docs/benchmarks.md
	$(DEV) -m tests.bench

assets: # third-party code for the browser: installed from npm, never committed
	$(DEV) -m netevent.assets

lock: # after a change in requirements/*.in
	for name in base test dev prod assets uv; do $(dir $(DEV))uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url requirements/$$name.in -o requirements/$$name.txt; done
