// Bundles each src/widgets/NAME.ts, with the styles it imports, into tfnb/jupyter/static/NAME.js for anywidget.
// A file whose name begins with _ is a part of others and makes no bundle of its own. `--watch` keeps on building.

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src", "widgets");
const target = join(here, "..", "tfnb", "jupyter", "static");

mkdirSync(source, { recursive: true });
const files = readdirSync(source).filter((name) => /^[^_.].*\.ts$/.test(name) && !name.endsWith(".d.ts"));
mkdirSync(target, { recursive: true });
const bundles = new Set(files.map((name) => name.replace(/\.ts$/, ".js")));
for (const name of readdirSync(target)) {
  if ([".js", ".css"].includes(extname(name)) && !bundles.has(name)) rmSync(join(target, name));
}

const options = {
  entryPoints: files.map((name) => join(source, name)),
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !process.argv.includes("--watch"),
  legalComments: "inline",
  loader: { ".css": "text" },
  logLevel: "warning",
};
if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
  console.log(`${files.length} bundle(s) in ${target}`);
}
