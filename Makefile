# Every task of the book. `make help` lists them.
PYTHON ?= python3
PORT ?=
# Where the site will be published, and the public repository: empty until known (see tools/bookpages.py).
SITE_URL ?=
REPO_URL ?=
export SITE_URL REPO_URL
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install book site lab test test-site test-containers chapter road figures pictures exercises openapi refresh bench format lock clean

# A Python of the machine's own, to begin with: all else runs in .venv.
INSTALL = @command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "install: there is no $(PYTHON). Install Python 3.11 or newer, or name it: make install PYTHON=python3.12" >&2; exit 1; }; \
	"$(PYTHON)" tools/install.py

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## install what the lock names into .venv (PYTHON=python3.12 chooses another Python)
	$(INSTALL)

book: site ## install, build the site, serve it, print the address; an edit rebuilds and reloads (PORT=8123)
	@$(BIN)/python tools/serve.py --watch $(if $(PORT),--port $(PORT))

site: install ## build the site into _build/html, unless it is up to date
	@$(BIN)/python tools/build.py

lab: install ## copy the notebooks into work/ and open JupyterLab there
	@$(BIN)/lab notebooks

test: install ## run every test that this machine can run, and say what was left out
	$(INSTALL) --node
	@$(BIN)/python tools/test.py

test-site: site ## open every page in a real browser
	$(INSTALL) --node
	@$(BIN)/python tools/test.py site

test-containers: ## test the containers (there are none yet: they come with chapter 16)
	@echo "test-containers: there is nothing to test yet; the containers come with chapter 16" >&2; exit 2

road: install ## make the road as a git history in _build/road, to look at or to mend (tools/road.py exports it)
	@rm -rf _build/road && $(BIN)/python tools/road.py build _build/road

figures: install ## draw the diagrams from their text sources
	$(INSTALL) --node
	@cd tools && PATH="$(CURDIR)/$(BIN):$$PATH" && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --silent; } && node diagrams.mjs

pictures: site ## take the README's pictures of the built site, and draw the card for sharing
	@$(BIN)/python tools/pictures.py

# what was said to make comes by the environment, so that no shell reads a title's quotes
chapter: install ## start a chapter from the template: make chapter NAME=02_seams TITLE='Seams'
	@$(BIN)/python tools/chapter.py $${TITLE+"--title=$$TITLE"} $${MINUTES+"--minutes=$$MINUTES"} -- "$${NAME-}"

exercises: install ## derive exercises/ from solutions/
	@$(BIN)/python tools/derive.py

openapi: install ## make the OpenAPI documents anew; what breaks callers is named, and only written with BREAK=1
	@$(BIN)/python tools/openapi.py $(if $(BREAK),--break)

refresh: install ## execute the notebooks whose outputs are stale, and store them normalised
	@$(BIN)/python tools/refresh.py

bench: install ## measure our own speed, beside stock: 25 minutes (ONLY="build pages" chooses, REPEATS=3)
	$(INSTALL) --node
	@$(BIN)/python tools/bench.py $(ONLY) $(if $(REPEATS),--repeats $(REPEATS))

format: install ## format and lint the code and the notebooks
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

lock: install ## make the locks anew from the .in files; what is locked stays (UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) tools/node-requirements.in -o tools/node-requirements.txt

clean: ## remove what was built; .venv and work/ stay
	rm -rf _build
