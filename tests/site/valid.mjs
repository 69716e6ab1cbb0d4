// Validates HTML files, given as arguments, against the HTML standard; prints every fault, and exits 1 when there is one.
//
// node valid.mjs TOOLS PAGE...        TOOLS: the folder with node_modules

import { createRequire } from "node:module";
import { join } from "node:path";

const [tools, ...pages] = process.argv.slice(2);
const { HtmlValidate } = createRequire(join(tools, "package.json"))("html-validate");
const validate = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y"],
  rules: { "no-raw-characters": "off" }, // ">" in text is valid HTML, and a stray "<" is a fault of parsing
});

let faults = 0;
for (const page of pages) {
  const report = await validate.validateFile(page);
  for (const result of report.results) {
    for (const message of result.messages) {
      faults += 1;
      console.log(`${page}:${message.line}:${message.column}: ${message.message} (${message.ruleId})`);
    }
  }
}
process.exit(faults ? 1 : 0);
