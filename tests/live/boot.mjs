// Boots Python for the browser with the clone and the packages it needs, and lets boot.py take its steps.
//
//     node boot.mjs CLONE SITE_PACKAGES < job.json
//
// Each step is a line of JSON on stdout; what Python prints goes to stderr. Nothing comes from a network.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { loadPyodide } from "../../tools/node_modules/pyodide/pyodide.mjs";

// Named one by one, so that a module which leans on any other package fails here, and not in a reader's tab.
const PACKAGES = [
  "asgiref",
  "bs4",
  "certifi",
  "charset_normalizer",
  "dj_database_url",
  "django",
  "idna",
  "requests",
  "soupsieve",
  "sqlparse",
  "tzdata",
  "urllib3",
  "whitenoise",
];
const MODULES = ["typing_extensions.py"];

globalThis.fetch = async (address) => {
  throw new Error(`${address} was asked for, and there is no network here`);
};

const [clone, sitePackages] = process.argv.slice(2);
const print = (line) => process.stderr.write(`${line}\n`);
const python = await loadPyodide({ stdout: print, stderr: print });

for (const room of ["code", "exercises"]) {
  python.mountNodeFS(`/clone/${room}`, join(clone, room));
}
for (const name of PACKAGES) {
  python.mountNodeFS(`/packages/${name}`, join(sitePackages, name));
}
for (const name of MODULES) {
  python.FS.writeFile(`/packages/${name}`, readFileSync(join(sitePackages, name)));
}
python.FS.writeFile("/packages/boot.py", readFileSync(new URL("boot.py", import.meta.url)));

python.runPython('import sys; sys.path += ["/packages", "/clone/code"]; sys.dont_write_bytecode = True');
python.pyimport("boot").main(readFileSync(0, "utf8"), (line) => process.stdout.write(`${line}\n`));
